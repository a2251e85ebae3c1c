/**
 * Trying again, as `retry.onThrow` and `retry.fetch` do it, inside a run and outside.
 *
 * Owns:      when there is another try, and after which delay.
 * Never:     reads a clock, waits, or makes a request itself; `Tries` does.
 * Invariant: the same outcomes and fractions give the same delays in every pass.
 */
import { delayBefore, type RetryOptions, resolveRetry } from "../engine/retry.ts";
import { checkFetchRetry, type FetchRetryOptions, resetAt, strategyFor } from "./retry-fetch-options.ts";

/** How tries are made, and waited between. `attempt` begins at 1. */
export interface Tries {
  call<T>(attempt: number, fn: () => T): Promise<Awaited<T>>;
  fetch(attempt: number, request: FetchTry): Promise<Response>;
  sleep(attempt: number, ms: number): Promise<unknown>;
  /** A number in [0, 1) for the jitter. */
  fraction(attempt: number): number;
  /** Unix milliseconds. */
  now(): number;
  /** True when there is no sense in another try. */
  isOver(): boolean;
}

/** One request. */
export interface FetchTry {
  readonly input: RequestInfo | URL;
  readonly init: RequestInit;
  readonly timeoutInMs: number | undefined;
}

/** Makes a request, which ends when it takes too long. */
export function fetchOnce({ input, init, timeoutInMs }: FetchTry): Promise<Response> {
  if (timeoutInMs === undefined) return fetch(input, init);
  const limit = AbortSignal.timeout(timeoutInMs);
  const { signal } = init;
  return fetch(input, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
}

/** What the function given to `retry.onThrow` is told. */
export interface RetryAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** What `retry.fetch` takes beside what `fetch` takes. */
export interface RetryFetchInit extends RequestInit {
  readonly retry?: FetchRetryOptions;
  /** A try that takes longer is aborted, and has failed. */
  readonly timeoutInMs?: number;
}

/** Trigger.dev's cap. */
const mostFetches = 10;

const nameOf = (error: unknown): unknown => (error instanceof Error ? error.name : undefined);

/** Calls `fn` until it does not throw, or its tries are used up. */
export async function tryOnThrow<T>(
  tries: Tries,
  fn: (attempt: RetryAttempt) => Promise<T> | T,
  options: RetryOptions | undefined,
): Promise<T> {
  const policy = resolveRetry(options);
  const { maxAttempts } = policy;
  for (let attempt = 1; ; attempt++) {
    try {
      return (await tries.call(attempt, () => fn({ attempt, maxAttempts }))) as T;
    } catch (error) {
      if (tries.isOver() || attempt >= maxAttempts || nameOf(error) === "AbortTaskRunError") throw error;
      await tries.sleep(attempt, delayBefore(policy, attempt, tries.fraction(attempt)));
    }
  }
}

/** Fetches until the answer is good, or no rule asks for another try: then gives the last answer, good or not. */
export async function tryFetch(
  tries: Tries,
  input: RequestInfo | URL,
  init: RetryFetchInit = {},
): Promise<Response> {
  const { retry, timeoutInMs, ...plain } = init;
  const rules = checkFetchRetry(retry, timeoutInMs);
  const given = plain.headers ?? (input instanceof Request ? input.headers : undefined);
  for (let attempt = 1; ; attempt++) {
    const headers = new Headers(given);
    headers.set("x-retry-count", String(attempt));
    const target = input instanceof Request ? input.clone() : input;
    const made = await settled(
      tries.fetch(attempt, { input: target, init: { ...plain, headers }, timeoutInMs }),
    );
    const isOver = tries.isOver() || plain.signal?.aborted === true || attempt >= mostFetches;
    const delay = isOver ? undefined : delayAfter(tries, rules, made, attempt);
    if (delay !== undefined) await tries.sleep(attempt, delay);
    else if (made.response !== undefined) return made.response;
    else throw made.error;
  }
}

/** What a request came to. */
type Made = { readonly response: Response } | { readonly response?: undefined; readonly error: unknown };

const settled = (request: Promise<Response>): Promise<Made> =>
  request.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );

/** Milliseconds until the next try; undefined: there is none. */
function delayAfter(
  tries: Tries,
  rules: Required<FetchRetryOptions>,
  made: Made,
  attempt: number,
): number | undefined {
  if (made.response === undefined) return afterError(tries, rules, made.error, attempt);
  return made.response.ok ? undefined : afterAnswer(tries, rules, made.response, attempt);
}

function backOff(tries: Tries, options: RetryOptions, attempt: number): number | undefined {
  const policy = resolveRetry(options);
  return attempt >= policy.maxAttempts ? undefined : delayBefore(policy, attempt, tries.fraction(attempt));
}

function afterAnswer(
  tries: Tries,
  rules: Required<FetchRetryOptions>,
  response: Response,
  attempt: number,
): number | undefined {
  const strategy = strategyFor(rules.byStatus, response.status);
  if (strategy === undefined) return undefined;
  if (strategy.strategy === "backoff") {
    const { strategy: _, ...options } = strategy;
    return backOff(tries, options, attempt);
  }
  const at = resetAt(response.headers.get(strategy.resetHeader), strategy.resetFormat, tries.now());
  return at === undefined ? undefined : Math.max(0, at - tries.now());
}

/** A time-out, or no connection; any other error is the author's. */
function afterError(
  tries: Tries,
  rules: Required<FetchRetryOptions>,
  error: unknown,
  attempt: number,
): number | undefined {
  const name = nameOf(error);
  if (name === "AbortError" || name === "TimeoutError") return backOff(tries, rules.timeout, attempt);
  const isConnection = name === "TypeError" && (error as Error).cause instanceof Error;
  return isConnection ? backOff(tries, rules.connectionError, attempt) : undefined;
}
