/**
 * Public tokens that start one run, or one batch.
 *
 * What says that a token was used is a head of its own, under an id that follows from the token: stores put a head once, so of
 * any requests at once one has the token. It lies there until the token's time is over, and goes as waited tokens go.
 *
 * Invariant: U1 a token has one use; the same request, sent again, is the same use. U2 a request that starts nothing uses nothing
 *            up: it is checked as a whole before.
 */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { decode } from "../engine/codec.ts";
import { HoldfastError } from "../engine/errors.ts";
import { textOf } from "../engine/new-run.ts";
import { startRun } from "../engine/start.ts";
import { tokenPrefix, usedTask } from "../engine/token-task.ts";
import type { HttpDeps } from "./deps.ts";
import { oneTimeClaims } from "./public-token.ts";

const sha256 = (parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/**
 * Uses the token that the request came with, if that is for one use.
 * `body`: what is asked for; `requestKey`: the caller's own mark of the request; `isPart`: other requests go with it.
 * @throws HoldfastError HF216 for one that was used
 */
export async function useOnce(
  c: Context,
  { ports, code }: Pick<HttpDeps, "ports" | "code">,
  { body, requestKey, isPart = false }: { body: unknown; requestKey: string | undefined; isPart?: boolean },
): Promise<void> {
  const claims = oneTimeClaims(c);
  if (claims === undefined) return;
  if (isPart)
    throw new HoldfastError(
      "HF216",
      "The public token is for one request, and the batch comes in several: it is larger than 2.5 MB.",
      "Ask your backend for a token with { multipleUse: true }, or start less at once.",
    );
  const use = sha256([new URL(c.req.url).pathname, requestKey ?? ports.chance.id(""), body]);
  const { run } = await startRun(ports, {
    id: `${tokenPrefix}${sha256([claims.once]).slice(0, 24)}`,
    task: usedTask,
    payload: use,
    codeVersion: code.version(),
    source: "api",
    delayUntil: Math.max(claims.exp * 1_000, ports.clock.now() + 1),
  });
  if (decode(await textOf(ports, run.payload)) === use) return;
  const fix = "Ask your backend for a new one, or for one with { multipleUse: true }.";
  throw new HoldfastError("HF216", "The public token was for one use, and has been used.", fix);
}
