/**
 * Tokens from outside a run: over HTTP, with the configured key.
 */

import { askApi, fetchLink } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { type Around, type CursorPagePromise, placeOf, recordedList } from "./cursor-page.ts";
import type { ApiClientConfig, Call } from "./http-call.ts";
import { keyText } from "./key-forms.ts";
import { retrievedRun } from "./run-shape.ts";
import {
  type CreatedToken,
  type CreateTokenOptions,
  checkTokenOptions,
  type ListTokensParams,
  type RetrievedToken,
  type TokenRef,
  tokenError,
  tokenId,
} from "./tokens.ts";
import { timeText, triggerBody } from "./trigger-body.ts";

const base = "/api/v1/waitpoints/tokens";
const pathOf = (token: TokenRef, ...rest: string[]): string =>
  [base, encodeURIComponent(tokenId(token)), ...rest].join("/");

const ask = <T>(call: Call): Promise<T> => askApi<T>(clientConfig(), call);

/** Makes a token. Every try of one call makes the same one. */
export async function createTokenOutside(given?: CreateTokenOptions): Promise<CreatedToken> {
  const options = checkTokenOptions(given) as CreateTokenOptions;
  const { timeout, idempotencyKey, idempotencyKeyTTL, ...rest } = options;
  const body = {
    ...rest,
    ...(timeout === undefined ? {} : { timeout: timeText(timeout) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: keyText(idempotencyKey) }),
    ...(idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTTL: timeText(idempotencyKeyTTL) }),
  };
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
  const headers = { "x-trigger-request-idempotency-key": key };
  return ask({ method: "POST", path: base, body: JSON.stringify(body), headers });
}

/** Completes a token. */
export const completeTokenOutside = (token: TokenRef, data: unknown): Promise<{ success: true }> =>
  completeTokenBy(clientConfig(), token, data);

/** The same with a key, or a token for browsers, of its own. */
export async function completeTokenBy(
  config: ApiClientConfig,
  token: TokenRef,
  data: unknown,
): Promise<{ success: true }> {
  const { payload, payloadType } = (await triggerBody(data, undefined)) as Record<string, unknown>;
  const body = JSON.stringify({ data: payload, dataType: payloadType });
  return askApi(config, { method: "POST", path: pathOf(token, "complete"), body });
}

type Raw = Readonly<Record<string, unknown>>;

async function tokenFrom<Output>(raw: Raw): Promise<RetrievedToken<Output>> {
  const { error, timeoutAt, completedAt } = raw as { [name: string]: string | undefined } & {
    error?: { name: string; message: string };
  };
  const config = clientConfig();
  const { output, ...rest } = await retrievedRun<Output, unknown>(raw, (link) => fetchLink(config, link, {}));
  const { relatedRuns: _, ...shown } = rest;
  return {
    ...(shown as unknown as RetrievedToken<Output>),
    ...(output === undefined ? {} : { output }),
    ...(timeoutAt === undefined ? {} : { timeoutAt: new Date(timeoutAt) }),
    ...(completedAt === undefined ? {} : { completedAt: new Date(completedAt) }),
    ...(error === undefined ? {} : { error: tokenError(error) }),
  };
}

/** A token as it is now. */
export async function retrieveTokenOutside<Output>(token: TokenRef): Promise<RetrievedToken<Output>> {
  return tokenFrom<Output>(await ask<Raw>({ method: "GET", path: pathOf(token) }));
}

const listed = recordedList<ListTokensParams, RetrievedToken>("tokens", async (params, place) => {
  const { status, tags, idempotencyKey, period, from, to, limit } = params;
  const { after, before } = placeOf(params, place);
  const given: readonly (readonly [string, unknown])[] = [
    ...[status ?? []].flat().map((value) => ["status", value] as const),
    ...[tags ?? []].flat().map((value) => ["tag", value] as const),
    ["idempotencyKey", idempotencyKey],
    ["period", period],
    ["from", from === undefined ? undefined : Number(from)],
    ["to", to === undefined ? undefined : Number(to)],
    ["limit", limit],
    ["after", after],
    ["before", before],
  ];
  const all = given.filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(all.map(([name, value]) => [name, String(value)]));
  const page = await ask<{ data: Raw[]; pagination: Around }>({
    method: "GET",
    path: base,
    query,
  });
  return { data: await Promise.all(page.data.map((raw) => tokenFrom(raw))), pagination: page.pagination };
});

/** Tokens, newest first. */
export const listTokensOutside = (params: ListTokensParams = {}): CursorPagePromise<RetrievedToken> =>
  listed(params);
