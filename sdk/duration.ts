/**
 * Durations and dates as authors and callers write them: `"1h30m"`, `{ minutes: 5 }`, a `Date`, an ISO date.
 *
 * Owns:      what counts as a duration (Trigger.dev's forms) and as a date.
 * Never:     reads a clock; "now" is an argument.
 * Invariant: what is not understood is refused with HF508, never taken for 0.
 */
import { HoldfastError } from "../engine/errors.ts";

/** A duration in parts; they add up. A month counts 30 days and a year 365, as in Trigger.dev. */
export interface DurationParts {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
  readonly weeks?: number;
  readonly months?: number;
  readonly years?: number;
}

/** A duration: `"1h30m"` (units w, d, h or hr, m, s) or its parts. */
export type Duration = string | DurationParts;

const unitMs = { w: 604_800_000, d: 86_400_000, hr: 3_600_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

const partMs: Readonly<Record<keyof DurationParts, number>> = {
  seconds: unitMs.s,
  minutes: unitMs.m,
  hours: unitMs.h,
  days: unitMs.d,
  weeks: unitMs.w,
  months: 30 * unitMs.d,
  years: 365 * unitMs.d,
};

/** JavaScript knows no later date. */
const latestDate = 8_640_000_000_000_000;

const durationForm = /^(\d+(w|d|hr|h|m|s))+$/;
const dateForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;
const fix = 'Write a duration such as "30s", "5m", "1h30m" or "2d", or { minutes: 5 }.';

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function refused(value: unknown): HoldfastError {
  return new HoldfastError("HF508", `${shown(value)} is not a duration.`, fix);
}

function partsMs(parts: DurationParts): number {
  const entries = Object.entries(parts).filter(([, amount]) => amount !== undefined);
  if (entries.length === 0) throw refused("{}");
  return entries.reduce((total, [name, amount]) => {
    const ms = Object.hasOwn(partMs, name) ? partMs[name as keyof DurationParts] : undefined;
    if (ms === undefined || typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) {
      throw refused(`{ ${name}: ${String(amount)} }`);
    }
    return total + amount * ms;
  }, 0);
}

/**
 * A duration in milliseconds.
 * @throws HoldfastError HF508 for anything that is no duration.
 * @example
 * ```ts
 * durationMs("1h30m"); // 5_400_000
 * durationMs({ days: 1, hours: 2 }); // 93_600_000
 * ```
 */
export function durationMs(value: Duration): number {
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    const ms = partsMs(value);
    if (ms > latestDate) throw refused(JSON.stringify(value));
    return ms;
  }
  if (typeof value !== "string" || value.length > 100 || !durationForm.test(value)) throw refused(value);
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+)(w|d|hr|h|m|s)/g)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  if (total > latestDate) throw refused(value);
  return total;
}

/**
 * A point in time, Unix milliseconds: a `Date`, an ISO date (with a time zone when it has a time), or a duration from `now`.
 * @throws HoldfastError HF508 for anything else.
 */
export function instantMs(value: Duration | Date, now: number): number {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw dateRefused(value);
    return value.getTime();
  }
  if (typeof value !== "string" || durationForm.test(value)) {
    const at = now + durationMs(value);
    if (at > latestDate) throw refused(value);
    return at;
  }
  const at = dateForm.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw dateRefused(value);
  return at;
}

function dateRefused(value: unknown): HoldfastError {
  const form =
    'Write a Date, an ISO date with a time zone such as "2026-01-31T09:00:00Z", or a duration such as "1h30m".';
  return new HoldfastError("HF508", `${shown(value)} is neither a date nor a duration.`, form);
}

/** Longer than any run waits, in milliseconds: it stands above the task's own `ttl`, so it is a number. */
export const noTtlMs = 2_147_483_647_000;

/** A `ttl` in milliseconds; a number counts seconds, and 0 is none. @throws HoldfastError HF508 */
export function ttlMsOf(ttl: Duration | number): number {
  if (typeof ttl !== "number") return durationMs(ttl);
  return ttl === 0 ? noTtlMs : ttl * 1_000;
}
