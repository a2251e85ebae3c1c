/**
 * Ends a run that no pass holds: canceled before it began, expired in its queue, or crashed.
 *
 * Where its task has hooks for an end, the end is a verdict on the head first: the next pass calls them as it does for any
 * end, and ends the run. Where it has none, or where they have killed their process in turn, the run ends at once.
 *
 * Owns:      the choice between the two, and what a pass does that finds a verdict.
 * Invariant: V1 one write decides how the run ends; whoever comes later changes nothing.
 */
import type { Ending } from "./ending.ts";
import { RunCanceledError } from "./errors.ts";
import { forkGone, isForked } from "./forking.ts";
import { endUnclaimed, judge } from "./head-write.ts";
import { isAwaited } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import { startedLate, taskMissing } from "./pass-errors.ts";
import type { Ports, Written } from "./ports.ts";
import type { Run, RunError, Verdict } from "./run.ts";
import type { TaskCode } from "./task-code.ts";

/** Ends the run, or leaves it to a pass: ring for it when `wakeAt` is set. `tells`: somebody has to be told in any case; `canceledBy`: the bulk action that has asked for it. */
export function endWithoutPass(
  { store, clock }: Pick<Ports, "store" | "clock">,
  run: Run,
  event: Verdict["event"],
  error: RunError | undefined,
  tells = isAwaited(run),
  canceledBy?: string,
): Promise<Written> {
  const now = clock.now();
  const { verdict } = run;
  if (verdict !== undefined) {
    // A cancel of a run that ends changes nothing; a crash of its hooks ends it as it would have.
    if (event !== "crashed") return Promise.resolve({ applied: true, run });
    return store.write(run.id, endUnclaimed(verdict.event, now, verdict.error, tells));
  }
  const { set, ...end } =
    run.hasEndHooks === true
      ? judge(run, now, { event, ...(error === undefined ? {} : { error }) })
      : endUnclaimed(event, now, error, tells);
  return store.write(run.id, { ...end, set: { ...set, ...(canceledBy && { canceledBy }) } });
}

/** How a run ends whose `run` is not to be entered; undefined: it is, or the hooks of its end are under way. */
export function endsUnentered(
  run: Run,
  journal: Journal,
  task: TaskCode | undefined,
  now: number,
): Ending | undefined {
  const verdict = judged(run, journal);
  if (verdict !== undefined) return verdict;
  const late = startedLate(run, now, task?.ttlMs);
  if (late !== undefined && journal.ended === undefined) return { event: "expired", error: late };
  if (!isForked(run, journal)) return { event: "failed", error: forkGone(run) };
  return task === undefined ? { event: "failed", error: taskMissing(run) } : undefined;
}

/** A process that is cut off can have asked for a child, and its write arrive later than this behind it. */
const lateMs = 5_000;

/** The same of what few runs are asked about: `looked-at.ts` says what. */
export async function endsLookedAt(
  ports: Pick<Ports, "store">,
  run: Run,
  journal: Journal,
  task: TaskCode | undefined,
  now: number,
): Promise<Ending | undefined> {
  const isLate = run.parent !== undefined && journal.last === 0 && now - run.createdAt >= lateMs;
  if (!isLate && run.concurrency === undefined) return undefined;
  return (await import("./looked-at.ts")).lookedAt(ports, run, journal, task, isLate);
}

/** How a run ends that a verdict is on. */
function judged({ id, verdict }: Run, { ended }: Journal): Ending | undefined {
  if (verdict === undefined) return undefined;
  const { event, error } = verdict;
  // The hooks of another end have killed their process: the run ends as its log says, without them.
  if (ended !== undefined && (event !== "crashed" || ended.record.event === "crashed")) return undefined;
  return { event, error: error === undefined ? new RunCanceledError(id, "canceled") : revived(error) };
}

/** The error as hooks get it. */
function revived({ name, message, stack, code }: RunError): Error {
  const error = new Error(message);
  return Object.assign(error, { name, ...(stack === undefined ? {} : { stack }), ...(code && { code }) });
}
