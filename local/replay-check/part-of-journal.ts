/**
 * A part of a finished run's journal: what a crash would have left of it, and besides the records that cannot be made once more
 * without reaching out of the process.
 *
 * Invariant: numbers stay as they are; what is left out is an empty record.
 */
import type { JournalEntry } from "../../engine/ports.ts";
import { fromText, type Invocation, type JournalRecord, toText } from "../../engine/record.ts";

/** What the author's own code and packages do: it can be made again in memory. Waits, children and tokens cannot. */
const repeatable: ReadonlySet<string> = new Set(["unit", "library", "step", "await"]);

/** The call site in a key. */
export const siteIn = (key: string): string => key.slice(key.lastIndexOf("/") + 1, key.lastIndexOf("#"));

/** A record of a call that can be made again; undefined for any other. */
export function repeatableIn(
  record: JournalRecord,
): Extract<JournalRecord, { kind: "result" | "marker" }> | undefined {
  if (record.kind === "marker") return record;
  return record.kind === "result" && repeatable.has(record.sort) ? record : undefined;
}

/** The entries up to a number, and of those behind it all that `isKept` says of a key. */
export function partOfJournal(
  entries: readonly JournalEntry[],
  upTo: number,
  isKept: (key: string) => boolean,
): JournalEntry[] {
  const withoutOthers = (inv: readonly Invocation[] | undefined) => {
    const kept = inv?.filter(({ call }) => isKept(call));
    return kept === undefined || kept.length === 0 ? {} : { inv: kept };
  };
  return entries.map((entry) => {
    if (entry.number <= upTo) return entry;
    const { inv, ...record } = fromText(entry.data);
    const again = repeatableIn(record);
    const { t, by, epoch, moves } = record;
    const left: JournalRecord =
      again === undefined || isKept(again.key)
        ? record
        : { kind: "empty", t, by, epoch, ...(moves && { moves }) };
    return { ...entry, data: toText({ ...left, ...withoutOthers(inv) }) };
  });
}
