/**
 * Erasing in memory: the reference for the other stores.
 *
 * Invariant: whether a value is referred to is read from everything that is kept.
 */
import { type Erasure, idempotencyText, isErasable } from "./erasure.ts";
import type { InboxItem, JournalEntry } from "./ports.ts";
import type { Run } from "./run.ts";
import { refsIn } from "./spilled.ts";

/** A run, and what belongs to it. */
interface Kept {
  readonly run: Run;
  readonly journal: Map<number, JournalEntry>;
  readonly inbox: Map<string, InboxItem>;
}

interface Contents {
  readonly runs: Map<string, Kept>;
  readonly keys: Map<string, { readonly runId: string }>;
}

const refsOf = ({ run, journal, inbox }: Kept): string[] => [
  ...refsIn(JSON.stringify(run)),
  ...[...journal.values(), ...inbox.values()].flatMap(({ data }) => refsIn(data)),
];

/** Takes away up to `most` members of a map, in order of their keys; gives how many. */
function take<K extends string | number>(from: Map<K, unknown>, most: number): number {
  const some = [...from.keys()].sort((a, b) => (a < b ? -1 : 1)).slice(0, most);
  for (const key of some) from.delete(key);
  return some.length;
}

/** Erases in these maps. */
export function memoryErasure({ runs, keys }: Contents): Erasure {
  return {
    async valuesOf(runId) {
      const kept = runs.get(runId);
      const own = new Set(kept === undefined ? [] : refsOf(kept));
      for (const other of runs.values()) if (other !== kept) for (const ref of refsOf(other)) own.delete(ref);
      return [...own].sort();
    },
    async erase(runId, most) {
      const kept = runs.get(runId);
      if (kept === undefined) return "erased";
      if (!isErasable(kept.run)) return "kept";
      const items = take(kept.inbox, most);
      if (items + take(kept.journal, most - items) >= most) return "more";
      const key = idempotencyText(kept.run);
      if (key !== undefined && keys.get(key)?.runId === runId) keys.delete(key);
      runs.delete(runId);
      return "erased";
    },
  };
}
