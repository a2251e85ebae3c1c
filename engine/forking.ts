/**
 * A fork: a new run that begins with the log of another one up to a checkpoint, and goes on from there by itself.
 *
 * Owns:      what of the log is the fork's own, and what stays with the other run.
 * Invariant: K1 `run` is entered only when the whole of that part is in the fork's log. K2 children that had not ended stay with the
 *            other run: the fork begins its own.
 */
import { HoldfastError } from "./errors.ts";
import { Journal } from "./journal.ts";
import { scan } from "./log-scan.ts";
import { graceMs, hookedIn } from "./new-run.ts";
import type { JournalEntry, Ports } from "./ports.ts";
import { fromText, type JournalRecord } from "./record.ts";
import { formatVersion, type Run } from "./run.ts";

/** Where a fork begins. */
interface ForkPoint {
  /** The number of the last record that it takes along. */
  readonly number: number;
  /** Resumes in front of it. */
  readonly resumes: number;
}

/**
 * Where a fork from a checkpoint begins: the one with this key, or the only one that has this name or stands at this place.
 * @throws HoldfastError HF322 where nothing that counts is recorded there, or several are
 */
export function forkPoint(runId: string, entries: readonly JournalEntry[], wanted: string): ForkPoint {
  const records = new Map(entries.map(({ number, data }) => [number, fromText(data)]));
  const { voids } = scan(records);
  const journal = new Journal();
  for (const [number, record] of records) journal.add(number, record, voids.has(number));
  const countsAt = (key: string): number | undefined => journal.settled(key, journal.generation(key));
  const keys = countsAt(wanted) === undefined ? keysCalled(records, wanted) : [wanted];
  const found = keys.filter((key) => countsAt(key) !== undefined);
  const number = found.length === 1 ? countsAt(found[0] ?? "") : undefined;
  if (number === undefined) throw notOne(runId, wanted, found);
  const before = [...records].filter(([at, { kind }]) => at <= number && kind === "resume" && !voids.has(at));
  return { number, resumes: before.length };
}

/** The keys of checkpoints with this name, or at this place. */
function keysCalled(records: ReadonlyMap<number, JournalRecord>, wanted: string): string[] {
  const found = [...records.values()].flatMap((record) => {
    const isResult = record.kind === "result" || record.kind === "marker";
    const { name, at } = (isResult && record.place) || {};
    return isResult && (name === wanted || at === wanted) ? [record.key] : [];
  });
  return [...new Set(found)];
}

function notOne(runId: string, wanted: string, found: readonly string[]): HoldfastError {
  const fix = "`holdfast runs show <run> --json` lists the ids of its checkpoints.";
  const what =
    found.length === 0
      ? `Run ${runId} has no recorded checkpoint ${wanted}.`
      : `Run ${runId} has ${found.length} checkpoints ${wanted}: ${found.slice(0, 5).join(", ")}${found.length > 5 ? ", …" : ""}.`;
  return new HoldfastError("HF322", what, fix);
}

/** Starts a fork. It waits for nobody, and nobody waits for it. */
export async function forkRun(ports: Ports, from: Run, point: ForkPoint, codeVersion: string): Promise<Run> {
  const now = ports.clock.now();
  const hooked = hookedIn(ports, from.task);
  const { task, payload, payloadHash, seed, tags, metadata, queue, concurrencyKey, priority } = from;
  const { maxAttempts, maxDurationMs, machine, isTest, concurrency } = from;
  const run: Run = {
    ...{ id: ports.chance.id("run_"), task, status: "QUEUED", format: formatVersion, payload, payloadHash },
    ...{ createdAt: now, updatedAt: now, wakeAt: now + graceMs, codeVersion, seed: ports.chance.id("") },
    // What is taken along was written in these epochs: behind a newer pass record of its own it would be void.
    ...{ epoch: from.epoch, news: 0, attempts: 0, activeMs: 0, deaths: 0, deathsAt: 0, lastNumber: 0 },
    ...{ tags, priority, depth: 0, isTest, source: "api" },
    ...{ resumes: point.resumes + 1, resumedFrom: from.codeVersion },
    forkOf: { runId: from.id, number: point.number, seed },
    ...(metadata && { metadata }),
    ...(queue !== undefined && { queue }),
    ...(concurrency !== undefined && { concurrency }),
    ...(concurrencyKey !== undefined && { concurrencyKey }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(maxDurationMs !== undefined && { maxDurationMs }),
    ...(machine !== undefined && { machine }),
    ...(hooked && { hasEndHooks: hooked }),
  };
  const { run: created } = await ports.store.create(run);
  ports.doorbell.ring(created.id);
  return created;
}

/** Has the whole part of the other run's log been taken along? If it is gone by now, it never will be. */
export function isForked({ forkOf }: Run, journal: Journal): boolean {
  if (forkOf === undefined) return true;
  const kind = journal.at(forkOf.number)?.record.kind;
  return kind === "result" || kind === "marker";
}

/** The error of a fork whose other run is gone. */
export function forkGone({ id, forkOf }: Run): HoldfastError {
  const what = `Run ${id} was to begin with the log of ${forkOf?.runId}, which is not there any more.`;
  return new HoldfastError("HF208", what, "Start a new run instead.");
}
