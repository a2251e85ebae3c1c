/**
 * The `retry` options of `retry.fetch`: checked, and what they say of an answer.
 *
 * Invariant: an option that is not known is refused (HF503), never ignored.
 */
import { HoldfastError } from "../engine/errors.ts";
import { defaultRetry, type RetryOptions, resolveRetry } from "../engine/retry.ts";

/** Waits longer with each try. */
export interface BackoffStrategy extends RetryOptions {
  readonly strategy: "backoff";
}

/** Waits until the time that a header of the answer names. */
export interface HeadersStrategy {
  readonly strategy: "headers";
  /** The header with the time at which the limit is lifted. */
  readonly resetHeader: string;
  /** @default "unix_timestamp" */
  readonly resetFormat?: keyof typeof formats;
  /** Accepted as Trigger.dev's; the reset alone decides. */
  readonly limitHeader?: string;
  readonly remainingHeader?: string;
}

/** When `retry.fetch` tries again. */
export interface FetchRetryOptions {
  /** By status: `"429,5xx"`, `"500-504"`. @default 429, 408, 409 and 5xx: three tries with back-off */
  readonly byStatus?: Readonly<Record<string, BackoffStrategy | HeadersStrategy>>;
  /** When there was no connection. @default three tries */
  readonly connectionError?: RetryOptions;
  /** When a try took longer than `timeoutInMs`. @default three tries */
  readonly timeout?: RetryOptions;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `1d2h`, `20ms`: a while from now. */
function whileFromNow(text: string, now: number): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  if (parts.map(([whole]) => whole).join("") !== text || parts.length === 0) return Number.NaN;
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitMs[unit] ?? 0), now);
}

/** The time that a header names, Unix milliseconds, by format. */
const formats = {
  unix_timestamp: (text: string) => Number(text) * 1_000,
  unix_timestamp_in_ms: (text: string) => Number(text),
  iso_8601: (text: string) => Date.parse(text),
  iso_8601_duration_openai_variant: whileFromNow,
} satisfies Record<string, (text: string, now: number) => number>;

/** When a limit is lifted; undefined if the header does not say. */
export function resetAt(
  text: string | null,
  format: HeadersStrategy["resetFormat"] = "unix_timestamp",
  now: number,
): number | undefined {
  const at = text === null || text.trim() === "" ? Number.NaN : formats[format](text.trim(), now);
  return Number.isFinite(at) ? at : undefined;
}

const statusForm = /^(?:\d{3}|[1-5]xx|\d{3}-\d{3})$/;

function isIn(pattern: string, status: number): boolean {
  if (pattern.endsWith("xx")) return Math.floor(status / 100) === Number(pattern[0]);
  const [from, to = from] = pattern.split("-").map(Number);
  return from !== undefined && to !== undefined && from <= status && status <= to;
}

const patternsOf = (text: string): string[] => text.split(",").map((part) => part.trim().toLowerCase());

/** The first rule that names the status. */
export function strategyFor(
  byStatus: NonNullable<FetchRetryOptions["byStatus"]>,
  status: number,
): BackoffStrategy | HeadersStrategy | undefined {
  return Object.entries(byStatus).find(([patterns]) =>
    patternsOf(patterns).some((each) => isIn(each, status)),
  )?.[1];
}

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF503", `retry.fetch: ${what}.`, fix);
}

function checkNames(of: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    refuse(`${of} has the option "${unknown}", which is not supported`, `Supported: ${known.join(", ")}.`);
}

const backoffNames = [...Object.keys(defaultRetry), "minTimeout", "maxTimeout"];
const headerNames = ["strategy", "resetHeader", "resetFormat", "limitHeader", "remainingHeader"];

function checkStrategy(patterns: string, given: BackoffStrategy | HeadersStrategy): void {
  const of = `byStatus["${patterns}"]`;
  if (!patternsOf(patterns).every((pattern) => statusForm.test(pattern)))
    refuse(`${of} names no statuses`, 'Write them as "429", "5xx" or "500-504", with commas between them.');
  if (given?.strategy === "backoff") {
    checkNames(of, given, ["strategy", ...backoffNames]);
    const { strategy: _, ...options } = given;
    resolveRetry(options);
    return;
  }
  if (given?.strategy !== "headers")
    refuse(`${of} has no strategy`, 'Give strategy: "backoff" or "headers".');
  checkNames(of, given, headerNames);
  if (typeof given.resetHeader !== "string" || given.resetHeader === "")
    refuse(`${of} has no resetHeader`, "Name the header that says when the limit is lifted.");
  if (given.resetFormat !== undefined && !Object.hasOwn(formats, given.resetFormat))
    refuse(`${of} has the resetFormat "${given.resetFormat}"`, `Use ${Object.keys(formats).join(", ")}.`);
}

/** The rules, with Trigger.dev's defaults. @throws HoldfastError HF503 */
export function checkFetchRetry(
  retry: FetchRetryOptions = {},
  timeoutInMs?: number,
): Required<FetchRetryOptions> {
  if (timeoutInMs !== undefined && !(Number.isFinite(timeoutInMs) && timeoutInMs > 0))
    refuse(`timeoutInMs is ${String(timeoutInMs)}`, "Give milliseconds above 0.");
  checkNames("retry", retry, ["byStatus", "connectionError", "timeout"]);
  for (const [patterns, strategy] of Object.entries(retry.byStatus ?? {})) checkStrategy(patterns, strategy);
  for (const name of ["connectionError", "timeout"] as const) {
    checkNames(name, retry[name] ?? {}, backoffNames);
    resolveRetry(retry[name]);
  }
  return {
    byStatus: retry.byStatus ?? { "429,408,409,5xx": { strategy: "backoff" } },
    connectionError: retry.connectionError ?? {},
    timeout: retry.timeout ?? {},
  };
}
