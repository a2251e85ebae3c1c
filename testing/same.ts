/**
 * Are two results the same, but for the time of day? After a crash the clock has moved on, and what a run says of times
 * within its own life says nothing else.
 */
import { isDeepStrictEqual } from "node:util";

/** From when to when two runs have lived, in Unix milliseconds. */
export interface Lifetime {
  readonly from: number;
  readonly to: number;
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const time = "a time of the run";

/** Is the only difference when the runs have lived? */
export function sameButForTime(a: unknown, b: unknown, life: Lifetime): boolean {
  return isDeepStrictEqual(a, b) || isDeepStrictEqual(masked(a, life), masked(b, life));
}

function masked(value: unknown, life: Lifetime): unknown {
  const isWithin = (at: number): boolean => at >= life.from && at <= life.to;
  if (typeof value === "number") return isWithin(value) ? time : value;
  if (typeof value === "string")
    return value.replace(isoTime, (text) => (isWithin(Date.parse(text)) ? time : text));
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return isWithin(value.getTime()) ? time : value;
  if (Array.isArray(value)) return value.map((each) => masked(each, life));
  if (value instanceof Map)
    return new Map([...value].map(([key, each]) => [masked(key, life), masked(each, life)]));
  if (value instanceof Set) return new Set([...value].map((each) => masked(each, life)));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, life)]));
}
