/**
 * A finished run with its journal, and the copy of it that is replayed: the run as it was before it ended, in memory.
 *
 * Owns:      which runs can be checked at all.
 * Never:     changes what it was given.
 */
import { Journal } from "../../engine/journal.ts";
import { scan } from "../../engine/log-scan.ts";
import { type MemoryStore, memoryStore } from "../../engine/memory-store.ts";
import type { JournalEntry } from "../../engine/ports.ts";
import { fromText, type JournalRecord } from "../../engine/record.ts";
import type { Run } from "../../engine/run.ts";

/** A finished run as the store has it. */
export interface FinishedRun {
  readonly run: Run;
  readonly entries: readonly JournalEntry[];
}

/** Longer journals are not replayed: it would take long, and tell little that a shorter one does not. */
const longestJournal = 20_000;

const endsOfRuns = new Set<Run["status"]>(["COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"]);

/** Is it a run that has ended by itself, whose journal can be gone through on this code? */
export function mayBeChecked(run: Run, codeVersion: string): boolean {
  const { status, startedAt, lastNumber, machine, forkOf } = run;
  const isOrdinary = startedAt !== undefined && machine === undefined && forkOf === undefined;
  return (
    endsOfRuns.has(status) && isOrdinary && run.codeVersion === codeVersion && lastNumber <= longestJournal
  );
}

/** The journal in memory, as a pass has it. */
export function journalOf(entries: readonly JournalEntry[]): Journal {
  const records = new Map(entries.map(({ number, data }) => [number, fromText(data)]));
  const { voids } = scan(records);
  const journal = new Journal();
  for (const [number, record] of records) journal.add(number, record, voids.has(number));
  return journal;
}

/** Was all that is recorded made by this code? Records of other code may differ from it, and are to. */
export function isOnOneCode({ run, entries }: FinishedRun): boolean {
  const isOther = (record: JournalRecord): boolean =>
    (record.kind === "pass" && record.codeVersion !== run.codeVersion) ||
    (record.kind === "resume" && record.isOtherCode);
  return !entries.some(({ data }) => isOther(fromText(data)));
}

/** A store with nothing in it but this run, as a pass finds a run that is to go on. */
export function storeWith({ run, entries }: FinishedRun): MemoryStore {
  const { owner, leaseUntil, wakeAt, waitingFor, turn, output, error, finishedAt, failedBy, ...rest } = run;
  const { lastRecord, ...head } = rest;
  const again: Run = { ...head, status: "QUEUED", news: 0, activeMs: 0, deaths: 0, deathsAt: 0 };
  const journal = new Map(entries.map((entry) => [entry.number, entry]));
  return memoryStore({
    from: { runs: new Map([[run.id, { run: again, journal, inbox: new Map() }]]), keys: new Map() },
  });
}
