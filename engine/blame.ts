/**
 * Success, then `throw` in the author's own code: which recorded await does the error reject?
 *
 * Owns:      the rule of design §4 (Retry): the guard or value of a `throw` reads an await's result, the code has not
 *            moved on since, and that result looks like a failure.
 * Never:     rejects anything itself: the attempt does, when the error leaves `run`.
 */
import type { Frame, Reading, Site } from "./frame.ts";
import { looksLikeFailure } from "./retry.ts";

/** A record that the author's code rejects. */
export interface Blamed {
  readonly key: string;
  readonly gen: number;
}

/** What an error that was delivered to the program means when it leaves `run`. */
export interface Delivered {
  /** Its tries are used up: it ends the run. */
  readonly ends: boolean;
  readonly rejects: readonly Blamed[];
  /** How often the await had been tried before. */
  readonly tries?: number;
  /** The task was asked about it already, by its `catchError`. */
  readonly asked?: true;
}

const blamed = new WeakMap<object, readonly Reading[]>();

/** Marks the error of a `throw` with the awaits that its guard or value reads; gives the error back. */
export function blame<T>(error: T, reads: readonly (readonly [Frame | null, Site])[]): T {
  if (typeof error !== "object" || error === null) return error;
  const readings = reads.flatMap(([frame, site]) => {
    const reading = frame?.readings.get(site.id);
    return reading !== undefined && frame !== null && isLatest(frame, reading) ? [reading] : [];
  });
  if (readings.length > 0) blamed.set(error, readings);
  return error;
}

/** No later await began in that frame or an enclosing one. */
function isLatest(frame: Frame, reading: Reading): boolean {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if (at.lastBegun > reading.begun) return false;
  }
  return true;
}

/** When a record may be asked for again: `retry.redo`. */
export type Redo = "failures" | "rejected" | "never";

/** The records that `error` rejects when it leaves `run`. */
export function rejectedBy(error: unknown, redo: Redo): Blamed[] {
  if (redo === "never" || typeof error !== "object" || error === null) return [];
  return (blamed.get(error) ?? [])
    .filter((reading) => redo === "rejected" || looksLikeFailure(reading.value))
    .map(({ key, gen }) => ({ key, gen }));
}
