/**
 * How a fork gets the part of the other run's log that it begins with: loaded with the first fork.
 *
 * Owns:      what of that part is the fork's own.
 */
import type { Lease } from "./head-write.ts";
import { withLastEntry } from "./last-entry.ts";
import type { JournalEntry, Ports } from "./ports.ts";
import { fromText, type JournalRecord } from "./record.ts";
import type { Run } from "./run.ts";

type Put = (
  records: Map<number, JournalRecord>,
  ports: Ports,
  lease: Lease,
  number: number,
  record: JournalRecord,
) => Promise<boolean>;

/** Puts the part of the other run's log into the fork's own, in its order; `records`: what is there. False: the lease is gone. */
export async function takeAlong(
  records: Map<number, JournalRecord>,
  ports: Ports,
  { forkOf }: Run,
  lease: Lease,
  put: Put,
): Promise<boolean> {
  if (forkOf === undefined || records.has(forkOf.number)) return true;
  for (const { number, data } of await logOf(ports, forkOf)) {
    if (!records.has(number) && !(await put(records, ports, lease, number, ownPart(fromText(data)))))
      return false;
  }
  return true;
}

/** The other run's log up to where the fork begins. */
async function logOf(
  { store }: Ports,
  { runId, number: last }: NonNullable<Run["forkOf"]>,
): Promise<readonly JournalEntry[]> {
  const from = await store.read(runId);
  const entries: JournalEntry[] = [];
  for (let after = 0, more = true; more && after < last; ) {
    const page = await store.journal(runId, after);
    entries.push(...page.entries);
    after = page.entries.at(-1)?.number ?? after;
    more = page.more && page.entries.length > 0;
  }
  const all = from === undefined ? entries : withLastEntry(from, entries);
  return all.filter(({ number }) => number <= last);
}

/** Children that are known to be there are the other run's. */
function ownPart(record: JournalRecord): JournalRecord {
  if (record.kind !== "children") return record;
  const { t, by, epoch, inv, moves } = record;
  return { kind: "empty", t, by, epoch, ...(inv && { inv }), ...(moves && { moves }) };
}
