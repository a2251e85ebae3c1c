/**
 * Trying again with a policy of one's own: a function that throws, or a request.
 *
 * Every await is tried again by itself under the task's `retry`; these two are for code that wants another policy for a
 * part, and for files that were written for Trigger.dev.
 */
import type { RetryOptions } from "../engine/retry.ts";
import { durable } from "./link.ts";
import {
  fetchOnce,
  type RetryAttempt,
  type RetryFetchInit,
  type Tries,
  tryFetch,
  tryOnThrow,
} from "./retry-loop.ts";

/** Outside a run: in this process, by its own clock. */
const plainTries: Tries = {
  call: (_attempt, fn) => new Promise((resolve) => resolve(fn() as never)),
  fetch: (_attempt, request) => fetchOnce(request),
  sleep: (_attempt, ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  fraction: () => Math.random(),
  now: () => Date.now(),
  isOver: () => false,
};

/**
 * Tries with a policy of their own.
 *
 * @example
 * ```ts
 * import { retry, task } from "holdfast";
 *
 * export const prices = task({
 *   id: "prices",
 *   run: async () => {
 *     const response = await retry.fetch("https://example.com/prices", {
 *       retry: { byStatus: { "500-599": { strategy: "backoff", maxAttempts: 5 } } },
 *     });
 *     return await retry.onThrow(async () => await response.json(), { maxAttempts: 2 });
 *   },
 * });
 * ```
 */
export const retry = {
  /**
   * Calls `fn` again when it throws. Inside a run each await in it is a checkpoint and is made once for each call of `fn`;
   * the time between two calls costs nothing. An `AbortTaskRunError` ends it at once.
   *
   * @throws what `fn` threw last; HoldfastError HF503 for options that are not valid
   */
  onThrow: durable(
    "retry.onThrow",
    [],
    <T>(fn: (attempt: RetryAttempt) => Promise<T>, options: RetryOptions): Promise<T> =>
      tryOnThrow(plainTries, fn, options),
  ),
  /**
   * `fetch`, again after certain statuses, time-outs and lost connections; at most 10 requests. Gives the last answer,
   * good or not.
   *
   * @throws the last error where there was no answer; HoldfastError HF503 for options that are not valid
   */
  fetch: durable(
    "retry.fetch",
    [],
    (input: RequestInfo | URL, init?: RetryFetchInit): Promise<Response> => tryFetch(plainTries, input, init),
  ),
};
