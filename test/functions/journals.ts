/** Journals made by hand, for the tests of the tree. */
import { encode } from "../../engine/codec.ts";
import type { JournalEntry } from "../../engine/ports.ts";
import { type JournalRecord, toText } from "../../engine/record.ts";
import type { TreeEntry } from "../../sdk/tree-entry.ts";

export const t = Date.UTC(2026, 0, 1);
/** The time `ms` after the beginning. */
export const at = (ms: number): string => new Date(t + ms).toISOString();

/** A journal from records; what they leave out is filled in. */
export function journal(
  ...records: (Partial<JournalRecord> & { kind: JournalRecord["kind"] })[]
): JournalEntry[] {
  return records.map((record, index) => {
    const number = index + 1;
    const whole = { t: t + number, by: "p", epoch: 1, ...record } as JournalRecord;
    return { number, epoch: whole.epoch, data: toText(whole) };
  });
}

const stored = (value: unknown) => ({ inline: encode(value).text });
export const place = (name: string, line = 3) => ({ name, at: `tasks/order.ts:${line}` });
export const done = (key: string, value: unknown = 1, more: object = {}) =>
  ({
    kind: "result",
    ok: true,
    key,
    gen: 0,
    sort: "unit",
    value: stored(value),
    place: place(key),
    started: t,
    ...more,
  }) as const;
export const tried = (key: string, number: number, more: object = {}) =>
  ({
    kind: "try",
    key,
    gen: 0,
    number,
    error: { name: "Error", message: `no ${number}` },
    retryAt: t + 60_000,
    place: place(key),
    started: t,
    ...more,
  }) as const;

export const shape = (tree: readonly TreeEntry[]) =>
  tree.map((entry) => [
    entry.number,
    entry.kind === "checkpoint" ? entry.status : entry.kind,
    entry.id,
    entry.parent,
  ]);
