/**
 * Where replay ends: up to there the program does again what it has done, and what it logs has been logged.
 *
 * Invariant: an attempt's own lines are its own, those behind the last record too; a pass that takes over from one that died
 *            repeats none of what may have been logged before.
 */
import type { Entry, Journal } from "./journal.ts";
import { shortWaitMs } from "./rest.ts";

/** The highest number that belongs to what was done before. */
export function replayEnd(journal: Journal): number {
  let passes = 0;
  for (const { number, record } of backwards(journal, journal.last)) {
    if (record.kind === "pass") passes++;
    else if (record.kind !== "attempt" && record.kind !== "empty") break;
    else if (record.kind === "attempt") {
      // Put away until its time, a run comes back with one pass; every other takes over from one that died.
      const own = record.retryAt - record.t < shortWaitMs ? 0 : 1;
      return passes > own ? journal.last : lastAnswer(journal, number);
    }
  }
  return journal.last;
}

/** The last record below `number` that answers the program. */
function lastAnswer(journal: Journal, number: number): number {
  for (const { number: at, record } of backwards(journal, number - 1)) {
    if (record.kind === "result" || record.kind === "marker" || record.kind === "cancel") return at;
  }
  return 0;
}

function* backwards(journal: Journal, from: number): Generator<Entry> {
  for (let number = from; number > 0; number--) {
    const entry = journal.at(number);
    if (entry !== undefined && !entry.isVoid) yield entry;
  }
}
