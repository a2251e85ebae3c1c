/**
 * What a waiter may be made with: checked in a run, and by the server for callers outside of runs.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { Match } from "../engine/waiters.ts";
import { type Duration, instantMs } from "./duration.ts";

const mostPaths = 5;
const longestMs = 90 * 86_400_000;

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF510", what, fix);
}

const isValue = (value: unknown): boolean =>
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value));

/** @throws HoldfastError HF510 */
export function checkMatch(match: unknown): Match {
  const parts = typeof match === "object" && match !== null ? Object.entries(match) : [];
  if (parts.length === 0 || parts.length > mostPaths)
    return refuse(`The waiter has ${parts.length} values to match.`, `Give 1 to ${mostPaths} of them.`);
  const wrong = parts.find(([path, value]) => !/^(event|header)\../.test(path) || !isValue(value));
  if (wrong === undefined) return match as Match;
  const fix =
    'Write { "event.data.object.id": "pi_1" }: a path in the event or a header, and a text, number or boolean.';
  return refuse(`The waiter cannot match ${JSON.stringify(wrong[0])}.`, fix);
}

/** When a waiter's time is over, Unix milliseconds; a day from now without a timeout. @throws HoldfastError HF508, HF510 */
export function waitsUntil(timeout: Duration | Date | undefined, now: number): number {
  const at = instantMs((timeout ?? "24h") as string | Date, now);
  if (at > now + longestMs) refuse("The waiter would wait for more than 90 days.", "Give less.");
  return at;
}
