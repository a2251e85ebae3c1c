/**
 * Where replay ends: up to there the program does again what it has done, and what it logs has been logged.
 *
 * Invariant: an attempt's own lines are its own, those behind the last record too; a pass that takes over from one that died
 *            repeats none of what may have been logged before.
 */
import type { Entry, Journal } from "./journal.ts";
import { shortWaitMs } from "./rest.ts";

/** What has been done before, where a program is entered. */
export interface Done {
  /** The highest number that belongs to it. */
  readonly upTo: number;
  /** An attempt begins that no pass has entered before. */
  readonly isFresh: boolean;
}

/** What the log says of that. */
export function doneBefore(journal: Journal): Done {
  let passes = 0;
  for (const { number, record } of backwards(journal, journal.last)) {
    if (record.kind === "pass") passes++;
    else if (record.kind === "resume") return { upTo: journal.last, isFresh: passes <= 1 };
    else if (record.kind === "attempt") {
      // Put away until its time, a run comes back with one pass; every other takes over from one that died.
      const own = record.retryAt - record.t < shortWaitMs ? 0 : 1;
      if (passes <= own) return { upTo: lastAnswer(journal, number), isFresh: true };
      break;
    } else if (record.kind !== "empty") break;
  }
  return { upTo: journal.last, isFresh: false };
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
