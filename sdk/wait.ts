/**
 * Waits that cost nothing: the run is put away and goes on at its time, in this process or another.
 */
import type { CursorPagePromise } from "./cursor-page.ts";
import type { DurationParts } from "./duration.ts";
import { durable } from "./link.ts";
import { onlyInside } from "./task.ts";
import type { ListTokensParams, RetrievedToken, TokenPromise, TokenRef } from "./tokens.ts";
import {
  completeTokenOutside,
  createTokenOutside,
  listTokensOutside,
  retrieveTokenOutside,
} from "./tokens-outside.ts";

/** What any wait for a time may be given. */
export interface CommonWaitOptions {
  /**
   * Whoever waits with the same key waits for the same moment, in this run or another: the first one's. When that is over
   * already, it is no wait at all. Up to 2048 characters.
   */
  readonly idempotencyKey?: string;
  /** How long the key holds: `"1h"`; 30 days by default. */
  readonly idempotencyKeyTTL?: string;
}

/** The waits of a run. Any number may be pending at once, also under `Promise.all`. */
export const wait = {
  /**
   * Waits for a while: `wait.for({ days: 3 })`, `wait.for("90s")`, `wait.for({ hours: 1, idempotencyKey: "nap" })`.
   * @throws HoldfastError HF508 for what is no duration, HF510 for a key that is not valid, HF501 outside a run.
   */
  for: durable(
    "wait.for",
    [],
    (_duration: (DurationParts & CommonWaitOptions) | string): Promise<void> => onlyInside("wait.for"),
  ),
  /**
   * Waits until a time; one that has passed is no wait, unless `throwIfInThePast` is set.
   * @throws HoldfastError HF508 for what is no date, HF510 for a key that is not valid, HF501 outside a run.
   */
  until: durable(
    "wait.until",
    [],
    (_options: { date: Date; throwIfInThePast?: boolean } & CommonWaitOptions): Promise<void> =>
      onlyInside("wait.until"),
  ),
  /**
   * Makes a token: something outside that a run waits for. Without a `timeout` it stays open for ever.
   * @throws HoldfastError HF506, HF508, HF510 for options that are not valid.
   */
  createToken: durable("wait.createToken", [], createTokenOutside),
  /**
   * Waits until a token is completed, or its time is over.
   * @throws HoldfastError HF208 for a token that there is not, HF501 outside a run.
   */
  forToken: durable(
    "wait.forToken",
    [],
    <Output = unknown>(_token: TokenRef): TokenPromise<Output> => onlyInside("wait.forToken"),
  ),
  /** Completes a token with a value. One that has ended stays as it is. @throws NotFoundError for an unknown token. */
  completeToken: durable(
    "wait.completeToken",
    [],
    <Output = unknown>(token: TokenRef, data?: Output): Promise<{ success: true }> =>
      completeTokenOutside(token, data),
  ),
  /** A token as it is now. Only outside a run. @throws NotFoundError for an unknown token. */
  retrieveToken: <Output = unknown>(token: TokenRef): Promise<RetrievedToken<Output>> =>
    retrieveTokenOutside<Output>(token),
  /** Tokens, newest first: await one page, or go through all with `for await`. Only outside a run. */
  listTokens: (params?: ListTokensParams): CursorPagePromise<RetrievedToken> => listTokensOutside(params),
};
