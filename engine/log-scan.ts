/**
 * The numbers of a log that was read: which records are void, and which are missing.
 */
import type { JournalRecord } from "./record.ts";

/** Numbers the entries of a log: which are void behind a pass record of a newer epoch, and which are missing. */
export function scan(records: ReadonlyMap<number, JournalRecord>): {
  top: number;
  gaps: number[];
  voids: Set<number>;
} {
  const voids = new Set<number>();
  const gaps: number[] = [];
  const top = [...records.keys()].reduce((highest, number) => Math.max(highest, number), 0);
  let current = 0;
  for (let number = 1; number <= top; number++) {
    const record = records.get(number);
    if (record === undefined) {
      gaps.push(number);
      continue;
    }
    if (record.kind === "pass" && record.epoch > current) current = record.epoch;
    if (record.kind !== "empty" && record.epoch < current) voids.add(number);
  }
  return { top, gaps, voids };
}
