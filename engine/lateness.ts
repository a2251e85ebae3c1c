/**
 * For how long nobody came to work on a run, and when what is left of a canceled one is cut off.
 *
 * Owns:      the minute that a run has behind its cancel, and what does not count of it.
 * Invariant: T1 the time of the cut never moves back from one pass to the next: what it is made of is in the log. T2 a wait counts,
 *            the time behind its end until somebody comes does not.
 */
import type { Journal } from "./journal.ts";
import type { JournalRecord } from "./record.ts";
import type { Run } from "./run.ts";

/** After a cancel, `catch` and `finally` may still await for this long, and so may `onCancel`. */
const afterCancelMs = 60_000;
/** Less is said by no pass record: it is how long a ring takes. */
const noticedMs = 1_000;

/**
 * For how long nobody has come, as the record of a pass says it. `last`: the latest record before it: whoever wrote that was there.
 * `awaitedSince` is there where passes came that could do nothing, or died: each has moved `wakeAt`.
 */
export function lateness(
  { awaitedSince, wakeAt }: Pick<Run, "awaitedSince" | "wakeAt">,
  last: Pick<JournalRecord, "t"> | undefined,
  now: number,
): { readonly lateMs?: number } {
  const lateMs = now - Math.max(awaitedSince ?? wakeAt ?? now, last?.t ?? 0);
  return lateMs < noticedMs ? {} : { lateMs };
}

/** When what is left behind the record of this number, a cancel or an end, is cut off. Time in which nobody came does not count, up to two minutes. */
export function cutTime(journal: Journal, number: number): number {
  let missing = 0;
  for (let each = number + 1; each <= journal.last; each++) {
    const record = journal.at(each)?.record;
    if (record?.kind === "pass") missing += record.lateMs ?? 0;
  }
  const since = journal.at(number)?.record.t ?? 0;
  return since + Math.min(missing, 2 * afterCancelMs) + afterCancelMs;
}
