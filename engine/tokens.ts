/**
 * Tokens: something outside that a run waits for, until somebody completes it or its time is over.
 *
 * A token is the head of a run that nobody works on: `DELAYED` until its time-out, then `EXPIRED`; `COMPLETED` by
 * whoever completes it. So it lies in the same stores, is found by the same timer, has idempotency keys and tags, and
 * tells who waits for it in the way in which a child tells.
 *
 * Owns:      the form of such heads; how they end is in `token-ends.ts`.
 */
import { decode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { hashText } from "./fingerprint.ts";
import { textOf } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";
import { startRun } from "./starting.ts";
import { tokenPrefix, tokenTask } from "./token-task.ts";

/** Unix milliseconds of the last second of the year 9999: the time-out of a token that has none. */
export const never = 253_402_300_799_000;

export const isTokenId = (id: string): boolean => id.startsWith(tokenPrefix);

/** The id of the token that a call makes. */
export const tokenIdOf = (runId: string, key: string, gen: number): string =>
  `${tokenPrefix}${hashText(`${runId} ${key} ${gen}`, 24)}`;

/** The id of the token that waits at an endpoint for a delivery with these values, by their paths. */
export const waiterIdOf = (endpoint: string, match: Readonly<Record<string, unknown>>): string => {
  const parts = Object.entries(match).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${tokenPrefix}${hashText(JSON.stringify([endpoint, ...parts]), 24)}`;
};

/** What a token is made with. */
export interface TokenRequest {
  readonly id?: string;
  readonly codeVersion: string;
  /** Unix milliseconds. */
  readonly timeoutAt?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly idempotencyKeyTtlMs?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Kept with it; nobody is shown them. */
  readonly metadata?: unknown;
}

/** A token, with the secret part of its callback's address. */
export interface Token {
  readonly head: Run;
  readonly isCached: boolean;
  readonly secret: string;
}

/** Makes a token, or finds the one with the same id or idempotency key. */
export async function createToken(ports: Ports, request: TokenRequest): Promise<Token> {
  const { timeoutAt = never, tags, metadata, idempotencyKey, idempotencyKeyTtlMs } = request;
  const { run, isCached } = await startRun(ports, {
    id: request.id ?? ports.chance.id(tokenPrefix),
    task: tokenTask,
    payload: ports.chance.id("") + ports.chance.id(""),
    codeVersion: request.codeVersion,
    source: "api",
    delayUntil: Math.max(timeoutAt, ports.clock.now() + 1),
    ...(tags === undefined ? {} : { tags }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(idempotencyKeyTtlMs === undefined ? {} : { idempotencyKeyTtlMs }),
  });
  return { head: run, isCached: isCached && run.id !== request.id, secret: await secretOf(ports, run) };
}

/** The secret part of a token's callback's address. */
export async function secretOf(ports: Ports, token: Run): Promise<string> {
  return String(decode(await textOf(ports, token.payload)));
}

/** When a token times out, Unix milliseconds; undefined: never. */
export const timeoutOf = ({ delayedUntil }: Run): number | undefined =>
  delayedUntil === undefined || delayedUntil >= never ? undefined : delayedUntil;

/** The head of a token. @throws HoldfastError HF208 */
export async function readToken(ports: Ports, id: string): Promise<Run> {
  const found = isTokenId(id) ? await ports.store.read(id) : undefined;
  if (found?.task === tokenTask) return found;
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  const fix = "Check the id: it is what wait.createToken() gave.";
  throw new HoldfastError("HF208", `There is no token ${shown}.`, fix);
}
