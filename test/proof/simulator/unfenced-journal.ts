/** A journal as DynamoDB keeps it: an append sees no head, only the fence in the log stops a superseded pass. */
import type { Appended, JournalEntry, Store } from "../../../engine/ports.ts";

/** A journal that puts an entry if its number is free, and asks for nothing else. */
export function unfencedJournal(): Pick<Store, "append" | "journal"> {
  const journals = new Map<string, Map<number, JournalEntry>>();
  return {
    async append({ runId }, entry): Promise<Appended> {
      const journal = journals.get(runId) ?? new Map<number, JournalEntry>();
      journals.set(runId, journal);
      const there = journal.get(entry.number);
      if (there === undefined) journal.set(entry.number, entry);
      const isSame = there?.epoch === entry.epoch && there.data === entry.data;
      return there === undefined || isSame ? { outcome: "appended" } : { outcome: "taken", entry: there };
    },
    async journal(runId, after) {
      const behind = [...(journals.get(runId)?.values() ?? [])].filter(({ number }) => number > after);
      behind.sort((a, b) => a.number - b.number);
      // A page holds few, so that reading takes several calls.
      return { entries: behind.slice(0, 12), more: behind.length > 12 };
    },
  };
}
