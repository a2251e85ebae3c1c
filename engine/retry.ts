/**
 * When and whether a failed unit or attempt is tried again.
 *
 * Owns:      the retry options, the delay formula, the verdict on an error, what looks like a failed result.
 * Never:     reads a clock or chance; both are arguments.
 * Invariant: nothing here throws but `resolveRetry`: errors are judged however hostile they are.
 */
import { HoldfastError, isOutOfMemory } from "./errors.ts";
import { read } from "./run-error.ts";

/** How often and how fast something that failed is tried again. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly factor: number;
  readonly minTimeoutInMs: number;
  readonly maxTimeoutInMs: number;
  readonly randomize: boolean;
}

/** Retry options as authors write them. */
export interface RetryOptions extends Partial<RetryPolicy> {
  /** Same as `minTimeoutInMs`. */
  readonly minTimeout?: number;
  /** Same as `maxTimeoutInMs`. */
  readonly maxTimeout?: number;
}

/** The policy where nobody says anything. */
export const defaultRetry: RetryPolicy = {
  maxAttempts: 3,
  factor: 2,
  minTimeoutInMs: 1000,
  maxTimeoutInMs: 60_000,
  randomize: true,
};

function bad(name: string, value: unknown, wanted: string): HoldfastError {
  return new HoldfastError("HF503", `retry.${name} is ${String(value)}.`, `Give ${wanted}.`);
}

function checked(name: string, value: unknown, least: number, wanted: string): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < least) throw bad(name, value, wanted);
  return value;
}

/** The policy of a task or unit: its options over `defaults`. Nonsense is refused with HF503. */
export function resolveRetry(
  options: RetryOptions | undefined,
  defaults: RetryPolicy = defaultRetry,
): RetryPolicy {
  if (options === undefined) return defaults;
  if (typeof options !== "object" || options === null)
    throw new HoldfastError(
      "HF503",
      `retry is ${String(options)}.`,
      "Give an object such as { maxAttempts: 5 }.",
    );
  const maxAttempts = options.maxAttempts ?? defaults.maxAttempts;
  if (!Number.isInteger(maxAttempts)) throw bad("maxAttempts", maxAttempts, "a whole number, 1 or more");
  checked("maxAttempts", maxAttempts, 1, "a whole number, 1 or more");
  const factor = checked("factor", options.factor ?? defaults.factor, 1, "a number, 1 or more");
  const milliseconds = "a number of milliseconds, 0 or more";
  const givenMin = options.minTimeoutInMs ?? options.minTimeout;
  const givenMax = options.maxTimeoutInMs ?? options.maxTimeout;
  const min = checked("minTimeoutInMs", givenMin ?? defaults.minTimeoutInMs, 0, milliseconds);
  const max = checked("maxTimeoutInMs", givenMax ?? Math.max(defaults.maxTimeoutInMs, min), 0, milliseconds);
  if (givenMin !== undefined && min > max)
    throw bad("minTimeoutInMs", min, `at most maxTimeoutInMs (${max})`);
  const randomize = options.randomize ?? defaults.randomize;
  if (typeof randomize !== "boolean") throw bad("randomize", randomize, "true or false");
  return { maxAttempts, factor, minTimeoutInMs: Math.min(min, max), maxTimeoutInMs: max, randomize };
}

/** Milliseconds before the next try, after `failedTries` (1 or more) have failed. `random` is in [0, 1). */
export function delayBefore(policy: RetryPolicy, failedTries: number, random: number): number {
  if (policy.minTimeoutInMs === 0) return 0;
  const spread = policy.randomize ? 1 + random : 1;
  const grown = spread * policy.minTimeoutInMs * policy.factor ** (Math.max(1, failedTries) - 1);
  return Math.round(Math.min(policy.maxTimeoutInMs, grown));
}

/** Whether an error is worth another try, and the least delay that it asks for. */
export interface Verdict {
  readonly retry: boolean;
  readonly afterMs?: number;
}

const finalNames = new Set([
  "AbortTaskRunError",
  "CompleteTaskWithOutput",
  "OutOfMemoryError",
  "RunCanceledError",
  "SubtaskUnwrapError",
]);
const validationNames = new Set([
  "ZodError",
  "$ZodError",
  "ZodRealError",
  "ValiError",
  "ValidationError",
  "YupValidationError",
  "AjvValidationError",
  "TypeBoxError",
  "ArkErrors",
  "SchemaError",
  "StructError",
]);
const retriedStatuses = new Set([408, 409, 425, 429]);

function statusOf(error: unknown): number | undefined {
  const response = read(error, "response");
  const candidates = [
    read(error, "status"),
    read(error, "statusCode"),
    read(response, "status"),
    read(response, "statusCode"),
    read(read(error, "$metadata"), "httpStatusCode"),
  ];
  return candidates.find(
    (status): status is number => typeof status === "number" && status >= 100 && status < 600,
  );
}

function header(headers: unknown, name: string): unknown {
  const get = read(headers, "get");
  if (typeof get === "function") {
    try {
      const value: unknown = Reflect.apply(get, headers, [name]);
      if (value !== undefined && value !== null) return value;
    } catch {
      // A lost method of a recorded value: its fields are still there.
    }
  }
  return (
    read(headers, name) ??
    read(
      headers,
      name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
    )
  );
}

const longestAsked = 24 * 60 * 60 * 1000;

function milliseconds(text: unknown, now: number): number | undefined {
  if (typeof text !== "string" && typeof text !== "number") return undefined;
  const seconds = Number(text);
  const wanted =
    Number.isFinite(seconds) && String(text).trim() !== "" ? seconds * 1000 : Date.parse(String(text)) - now;
  return Number.isFinite(wanted) ? Math.min(Math.max(0, Math.round(wanted)), longestAsked) : undefined;
}

function askedDelay(error: unknown, now: number): number | undefined {
  for (const holder of [error, read(error, "response"), read(error, "$response")]) {
    const headers = read(holder, "headers") ?? read(holder, "responseHeaders");
    const exact = Number(header(headers, "retry-after-ms") ?? Number.NaN);
    if (Number.isFinite(exact)) return Math.min(Math.max(0, exact), longestAsked);
    const asked = milliseconds(header(headers, "retry-after"), now);
    if (asked !== undefined) return asked;
  }
  return undefined;
}

function isMarkedRetryable(error: unknown): boolean {
  const mark = read(error, "$retryable");
  if (mark === true || (typeof mark === "object" && mark !== null)) return true;
  if (read(error, "retryable") === true || read(error, "isRetryable") === true) return true;
  return [read(error, "name"), read(error, "code")].some(
    (name) => typeof name === "string" && /throttl/i.test(name),
  );
}

/** Is another try of what threw this worth it? `now` is for `retry-after` dates. */
export function verdict(error: unknown, now: number): Verdict {
  const name = read(error, "name");
  if (isOutOfMemory(error) || (typeof name === "string" && finalNames.has(name))) return { retry: false };
  if (error instanceof HoldfastError || name === "HoldfastError" || name === "BatchTriggerError")
    return { retry: read(error, "retryable") === true };
  if (typeof name === "string" && validationNames.has(name)) return { retry: false };
  const status = statusOf(error);
  const isRefused = status !== undefined && status >= 400 && status < 500 && !retriedStatuses.has(status);
  if (isRefused && !isMarkedRetryable(error)) return { retry: false };
  const afterMs = askedDelay(error, now);
  return afterMs === undefined ? { retry: true } : { retry: true, afterMs };
}

const failedStates = new Set([
  "failed",
  "error",
  "pending",
  "queued",
  "processing",
  "in_progress",
  "running",
]);

/** Does a result say that what was asked for has not happened (yet)? */
export function looksLikeFailure(result: unknown): boolean {
  if (result === null || result === undefined || result === false) return true;
  if (typeof result !== "object") return false;
  if (read(result, "ok") === false || read(result, "success") === false) return true;
  const error = read(result, "error");
  // A Response has `Response.error`, but on the class: an `error` here is the result's own.
  if (error !== undefined && typeof error !== "function" && error) return true;
  return ["status", "statusCode", "state"].some((key) => {
    const value = read(result, key);
    if (typeof value === "number") return key !== "state" && value >= 400;
    return typeof value === "string" && key !== "statusCode" && failedStates.has(value.toLowerCase());
  });
}
