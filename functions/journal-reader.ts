/**
 * The journal of a run for those who look at it, page by page or every second: what was read of it once is not read again.
 *
 * Owns:      the first records of some runs, in memory.
 * Invariant: only records below the first gap are kept: a record is put where none is, so these stay as they are for ever. Behind
 *            them the store is asked each time, so a caller sees what the store has. What nobody has looked at for a minute
 *            goes with the next look at any run.
 */
import type { JournalEntry, Store } from "../engine/ports.ts";

/** Characters of records that are kept, of all runs together. */
const charsMost = 8_000_000;
const keptMs = 60_000;

interface Kept {
  readonly entries: readonly JournalEntry[];
  readonly chars: number;
  /** When it was used last. */
  readonly at: number;
}

const charsOf = (entries: readonly JournalEntry[]): number =>
  entries.reduce((sum, { data }) => sum + data.length, 0);

/** Records 1, 2, 3 … as far as none is missing. */
function firstOf(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const gap = entries.findIndex(({ number }, index) => number !== index + 1);
  return gap < 0 ? entries : entries.slice(0, gap);
}

/** Reads whole journals. */
export interface JournalReader {
  /** All entries of a run's journal, in order. */
  whole(runId: string): Promise<readonly JournalEntry[]>;
}

/** A reader of this store, for as long as its process lives. */
export function journalReader(
  store: Pick<Store, "journal">,
  now: () => number,
  most: number = charsMost,
): JournalReader {
  // The one that was used last is the last.
  const kept = new Map<string, Kept>();

  function keep(runId: string, entries: readonly JournalEntry[]): void {
    const first = firstOf(entries);
    kept.delete(runId);
    kept.set(runId, { entries: first, chars: charsOf(first), at: now() });
    let sum = [...kept.values()].reduce((all, { chars }) => all + chars, 0);
    for (const [oldest, { chars, at }] of kept) {
      if (sum <= most && at >= now() - keptMs) return;
      kept.delete(oldest);
      sum -= chars;
    }
  }

  return {
    async whole(runId) {
      const entries = [...(kept.get(runId)?.entries ?? [])];
      for (;;) {
        const { entries: more, more: isMore } = await store.journal(runId, entries.at(-1)?.number ?? 0);
        entries.push(...more);
        if (!isMore || more.length === 0) break;
      }
      keep(runId, entries);
      return entries;
    },
  };
}
