/**
 * Slots: how many runs of a queue may be worked on at once. A run that is worked on has one, and gives it back when it
 * waits, ends, or is found dead; those that find none are parked, and called in order when one is free.
 *
 * Owns:      who may be claimed, who is called next, and what a change of a head does to its slot.
 * Never:     counts: a store does, in the same operation as the change itself.
 * Invariant: S1 never more runs are held than the limit says when they were claimed.
 *            S2 while runs are parked, `held` and `called` together are not below the limit: nobody waits for a free slot.
 */
import type { Queues } from "./head-write.ts";
import { isFinished, type Run } from "./run.ts";

/** Runs that share a limit: those of a queue, or of a queue and one concurrency key. */
export const poolOf = ({ queue, concurrencyKey }: Run): string | undefined =>
  queue === undefined || concurrencyKey === undefined ? queue : `${queue}${poolSeparator}${concurrencyKey}`;

/** The run in its task's queue, where it was not put into one itself. */
export function queued(run: Run, queues: Queues = {}): Run {
  const queue = run.queue ?? (Object.hasOwn(queues, run.task) ? queues[run.task] : undefined);
  return queue === run.queue || queue === undefined ? run : { ...run, queue };
}

/** Stands in no name of a queue. */
const poolSeparator = "\n";

/** How full a pool is, without the run that is asked about. */
export interface Fullness {
  /** Undefined: any number. */
  readonly limit: number | undefined;
  /** Runs that somebody holds. */
  readonly held: number;
  /** Runs that were called and have not been claimed yet. */
  readonly called: number;
}

/** May this run be claimed? One whose holder is dead has its slot still. */
export function hasSlot(run: Pick<Run, "owner" | "turn">, { limit, held, called }: Fullness): boolean {
  if (limit === undefined || run.owner !== undefined) return true;
  return run.turn === "called" ? held < limit : held + called < limit;
}

/** How many parked runs can be called. */
export const free = ({ limit, held, called }: Fullness): number =>
  limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - held - called);

/** Parked runs are called in this order: by creation, an earlier one for each second of priority. */
export const placeOf = ({ createdAt, priority }: Run): number => createdAt - priority * 1_000;

/** The run, waiting for a slot. It needs attention only when it expires before it has begun. */
export function parked(run: Run): Run {
  const { ttlMs, epoch, delayedUntil, createdAt } = run;
  const expiresAt = ttlMs === undefined || epoch > 0 ? undefined : (delayedUntil ?? createdAt) + ttlMs + 1;
  return { ...run, turn: "parked", wakeAt: expiresAt };
}

/** The run, called to take a slot that is free. */
export const called = (run: Run, now: number): Run => ({ ...run, turn: "called", wakeAt: now });

/** Is the run parked, and could it be claimed? One that ends unclaimed waits for nothing. */
export const isParked = (run: Run): boolean => run.turn === "parked" && !isFinished(run.status);

/** Was the run called, and has nobody claimed it yet? */
export const isCalled = (run: Run): boolean => run.turn === "called" && !isFinished(run.status);
