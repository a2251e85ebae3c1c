/**
 * The record that a run's end has brought with it (`last-record.ts`), for those who read journals.
 *
 * Invariant: a run that has one has completed: no pass reads its journal any more, and nobody puts it back to work.
 */
import type { JournalEntry } from "./ports.ts";
import type { Run } from "./run.ts";

/** The record that a run's end has brought; undefined: its last record is in the journal like all others. */
export function lastEntry({ lastRecord, lastNumber, epoch }: Run): JournalEntry | undefined {
  if (lastRecord === undefined || !("inline" in lastRecord)) return undefined;
  return { number: lastNumber, epoch, data: lastRecord.inline };
}

/** The whole journal of a run, with what its end has brought. What a pass that was overtaken has put there or behind it is void. */
export function withLastEntry(run: Run, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const last = lastEntry(run);
  return last === undefined ? entries : [...entries.filter(({ number }) => number < last.number), last];
}
