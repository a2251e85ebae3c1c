/**
 * Tokens inside a run: made, waited for and completed without a request.
 */

import { askToken } from "../engine/children.ts";
import { addPlace } from "../engine/error-place.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { createToken, tokenIdOf } from "../engine/tokens.ts";
import { askUnit } from "../engine/unit.ts";
import type { TaskRunResult } from "./child.ts";
import { clientConfig } from "./config.ts";
import { markInRun } from "./mark-in-run.ts";
import { withWaitHooks } from "./run-hooks.ts";
import { startOptions } from "./start-options.ts";
import { callbackPath, publicTokenOf } from "./token-address.ts";
import {
  type CreatedToken,
  type CreateTokenOptions,
  checkTokenOptions,
  type TokenResult,
  tokenError,
  tokenId,
  unwrapToken,
} from "./tokens.ts";

const placeOf = (site: Site) => ({ name: site.name, at: site.at });

function create(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { execution } = frame;
  const { ports, run } = execution.context;
  const key = frame.next(site.id);
  const id = tokenIdOf(run.id, key, execution.journal.generation(key));
  const invoke = async (): Promise<CreatedToken> => {
    const { timeout, ...rest } = checkTokenOptions(args[0]) as CreateTokenOptions;
    const asked = timeout === undefined ? rest : { ...rest, delay: timeout };
    const from = { now: ports.clock.now(), runId: run.id };
    const { delayUntil: timeoutAt, ...options } = startOptions(asked, from);
    const { codeVersion } = run;
    const { head, isCached, secret } = await createToken(ports, { ...options, id, codeVersion, timeoutAt });
    const url = `${clientConfig().baseUrl.replace(/\/+$/, "")}${callbackPath(head.id, secret)}`;
    return { id: head.id, isCached, url, publicAccessToken: publicTokenOf(head.id, secret) };
  };
  return know(askUnit(frame, key, { sort: "step", place: placeOf(site), args, invoke }));
}

function complete(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const { ports } = frame.execution.context;
  const invoke = async (): Promise<{ success: true }> => {
    const { completeToken } = await import("../engine/token-ends.ts");
    await completeToken(ports, tokenId(args[0]), args[1]);
    return { success: true };
  };
  return know(askUnit(frame, frame.next(site.id), { sort: "step", place: placeOf(site), args, invoke }));
}

function resultOf({ ok, ...ended }: TaskRunResult): TokenResult<unknown> {
  if (ok) return { ok, output: (ended as { output: unknown }).output };
  const { error } = ended as { error: Error };
  return { ok, error: tokenError(error) };
}

function forToken(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const id = tokenId(args[0]);
  const key = frame.next(site.id);
  const go = (): Promise<unknown> => askToken(frame, { key, place: placeOf(site), tokenId: id });
  const ended = withWaitHooks(frame, key, () => ({ type: "token", token: id }), go);
  const result = know(ended.then((value) => resultOf(value as TaskRunResult)));
  const output = (ended: TokenResult<unknown>): unknown => {
    if (!ended.ok) addPlace(ended.error, frame, placeOf(site));
    return unwrapToken(ended);
  };
  const unwrap = markInRun(() => know(result.then(output)));
  return Object.assign(result, { unwrap });
}

/** What the SDK's functions do, by name. */
export const tokenFunctions = {
  "wait.createToken": create,
  "wait.completeToken": complete,
  "wait.forToken": forToken,
};
