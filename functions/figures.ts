/**
 * The figures of a pass that has ended: what metrics are made of, in AWS and on one machine.
 *
 * Owns:      what is counted, and from when to when is measured.
 * Invariant: each record, start and end of a run is counted once: by the first pass behind it that ends.
 */
import { isFinished, type Run, type RunStatus } from "../engine/run.ts";
import type { Outline, SeenPass } from "./seen-pass.ts";

/** Figures of one pass. Times are milliseconds. */
export interface PassFigures {
  readonly task: string;
  /** The run has begun: how long it had been due by then. */
  readonly queuedMs?: number;
  /** It was not the run's first: how far past its time the run was. */
  readonly lateMs?: number;
  /** How the run has ended, and how long after it was due at first. */
  readonly ended?: { readonly status: RunStatus; readonly runMs: number };
  /** How long each try took that settled. */
  readonly triesMs: readonly number[];
  readonly failedTries: number;
  readonly failedAttempts: number;
}

/** When a run was to begin. */
const dueAt = ({ createdAt, delayedUntil = createdAt }: Run): number => delayedUntil;

/** How a run has ended, and how long that took; undefined for one that has not. */
export function endOf(run: Run): PassFigures["ended"] {
  if (!isFinished(run.status)) return undefined;
  return { status: run.status, runMs: Math.max(0, (run.finishedAt ?? run.updatedAt) - dueAt(run)) };
}

/** Nobody works on these: they are waits, not tries. */
const waits = new Set(["wait", "child", "token", "message"]);

function triesOf(records: readonly Outline[]): Pick<PassFigures, "triesMs" | "failedTries"> {
  const triesMs: number[] = [];
  let failedTries = 0;
  for (const record of records) {
    if (record.kind !== "result" && record.kind !== "try") continue;
    if (record.kind === "result" && waits.has(record.sort)) continue;
    if (record.kind === "try" || !record.ok) failedTries += 1;
    if (record.started !== undefined) triesMs.push(Math.max(0, record.t - record.started));
  }
  return { triesMs, failedTries };
}

/** The figures of a pass; undefined for one that only told others of an end. */
export function figuresOf(pass: SeenPass): PassFigures | undefined {
  const { claimed, last, claimedAt, records } = pass;
  if (claimed === undefined) return undefined;
  const { task, epoch, startedAt = claimedAt, wakeAt = claimedAt, lastNumber, activeMs, resumes } = claimed;
  // No pass before this one has given the run back.
  const begins = epoch === 1 || (lastNumber === 0 && activeMs === 0 && resumes === 0);
  const ended = endOf(last);
  const told = [...records].flatMap(([number, record]) => (number >= pass.firstNew ? [record] : []));
  return {
    task,
    ...(begins ? { queuedMs: Math.max(0, startedAt - dueAt(claimed)) } : {}),
    ...(epoch === 1 ? {} : { lateMs: Math.max(0, claimedAt - wakeAt) }),
    ...(ended === undefined ? {} : { ended }),
    ...triesOf(told),
    failedAttempts: told.filter(({ kind }) => kind === "attempt").length,
  };
}
