/**
 * Slots: how many runs of a queue may be worked on at once. A run that is worked on has one, and gives it back when it
 * waits, ends, or is found dead; those that find none are parked, and called in order when one is free.
 *
 * Owns:      who may be claimed, who is called next, and what a change of a head does to its slot.
 * Never:     counts: a store does, in the same operation as the change itself.
 * Invariant: S1 never more runs are held than the limit says when they were claimed, but for those that only end (`verdict.ts`).
 *            S2 while runs are parked, `held` and `called` together are not below the limit: nobody waits for a free slot.
 *            S3 within any period no more runs are started than the rate says, whoever dies; who may not start yet is called
 *            for the time at which he may.
 */
import { gatesOf, ofTask, waitsAt } from "./gates.ts";
import type { Queues } from "./head-write.ts";
import type { Later, Written } from "./ports.ts";
import type { RateLimit } from "./queues.ts";
import { isFinished, type Run } from "./run.ts";

/** The pool of a queue and a concurrency key, by its name. */
export const pooled = <Q extends string | undefined>(
  queue: Q,
  { concurrencyKey }: Pick<Run, "concurrencyKey">,
): Q | string =>
  queue === undefined || concurrencyKey === undefined ? queue : `${queue}${poolSeparator}${concurrencyKey}`;

/** Runs that share a limit: those of a queue, or of a queue and one concurrency key. Of several limits the one that it waits for. */
export const poolOf = (run: Run): string | undefined => pooled(waitsAt(run), run);

/** The pools of all its limits, in the order in which it takes their slots. */
export const poolsOf = (run: Run): readonly string[] => gatesOf(run).map((queue) => pooled(queue, run));

/** The queues of a run's task: its own first. Those that tasks share give way to what the run's trigger has named. */
function queuesOf({ task, concurrency }: Run, queues: Queues): readonly string[] {
  const given = Object.hasOwn(queues, task) ? queues[task] : undefined;
  const all = typeof given === "string" ? [given] : (given ?? []);
  if (concurrency === undefined) return all;
  const [own = "", ...shared] = all;
  const ownLimit = `${ofTask}${task}`;
  const named = [...shared.filter((each) => each === ownLimit), ...concurrency];
  // A task's only limit stands as its queue, and gives way, too.
  const queue = shared.includes(own) ? "" : own;
  return [queue || named[0] || ownLimit, ...named];
}

/** The run in its task's queue, where it was not put into one itself, and under its task's limits. */
export function queued(run: Run, queues: Queues = {}): Run {
  const [own, ...shared] = queuesOf(run, queues);
  const queue = run.queue ?? own;
  // A task's only limit stands as its queue, and stays beside another one.
  const others = shared.filter((each) => each !== queue);
  const limits = run.limits ?? (others.length > 0 ? others : undefined);
  if (queue === undefined || (queue === run.queue && limits === run.limits)) return run;
  return { ...run, queue, ...(limits === undefined ? {} : { limits }) };
}

/** Stands in no name of a queue. */
const poolSeparator = "\n";

/** Runs that share a limit, and how many of them there are, without the run that is asked about. */
export interface Room {
  /** Undefined: any number. */
  readonly limit: number | undefined;
  /** Runs that somebody holds. */
  readonly held: number;
  /** Runs that were called and have not been claimed yet. */
  readonly called: number;
}

/** How full a pool is, without the run that is asked about. */
export interface Fullness extends Room {
  /** Over all keys, where the queue has a total. */
  readonly total?: Room;
  readonly rate?: Pace;
}

/** Starts of a queue with a rate limit. */
export interface Pace extends Pick<RateLimit, "limit" | "periodMs"> {
  /** When runs were started, earliest first; those of the last period are looked at. */
  readonly starts: readonly number[];
  /** Runs that were called, now or for later, and have not been started yet. */
  readonly ahead: number;
}

function hasRoom(turn: Run["turn"], { limit, held, called }: Room): boolean {
  if (limit === undefined) return true;
  return turn === "called" ? held < limit : held + called < limit;
}

/** When the next run may be started, behind those that were called; undefined: not before one of those was. */
function startsAt({ limit, periodMs, starts, ahead }: Pace, now: number): number | undefined {
  if (ahead >= limit) return undefined;
  const recent = starts.filter((at) => at > now - periodMs);
  const leaves = recent[recent.length + ahead - limit];
  return leaves === undefined ? now : leaves + periodMs;
}

/** A start is the first claim: going on behind a wait or a crash is none, nor is a pass for the hooks of an end alone. */
export const isStart = ({ epoch, verdict }: Pick<Run, "epoch" | "verdict">): boolean =>
  epoch === 0 && verdict === undefined;

type Asking = Pick<Run, "owner" | "turn" | "epoch" | "verdict">;

/** When this run may be claimed, if not now; undefined: not before it is called. One whose holder is dead has its slot still; one that only ends asks for none. */
export function entersAt(run: Asking, fullness: Fullness, now: number): number | undefined {
  if (run.owner !== undefined || run.verdict !== undefined) return now;
  const { total, rate } = fullness;
  if (!hasRoom(run.turn, fullness) || (total !== undefined && !hasRoom(run.turn, total))) return undefined;
  if (rate === undefined || !isStart(run)) return now;
  const isCalledFor = run.turn === "called" || run.turn === "later";
  return startsAt(isCalledFor ? { ...rate, ahead: 0 } : rate, now);
}

/** When a parked run can be called for; undefined: there is no room for it. */
export const callsAt = ({ epoch }: Pick<Run, "epoch">, fullness: Fullness, now: number): number | undefined =>
  entersAt({ epoch }, fullness, now);

/** What becomes of a run that may not be claimed now. */
export const putOff = (run: Run, at: number | undefined): Run =>
  at !== undefined && (run.turn === "called" || run.turn === "later") ? calledFor(run, at) : parked(run);

/** More than any creation in milliseconds differs from another. */
const beforeNewWork = 1e14;

/** Parked runs are called in this order: those that have begun first, then by creation, an earlier one for each second of priority. */
export const placeOf = ({ createdAt, priority, epoch }: Run): number =>
  createdAt - priority * 1_000 - (epoch > 0 ? beforeNewWork : 0);

/** The run, waiting for a slot. It needs attention only when it expires before it has begun. */
export function parked(run: Run): Run {
  const { ttlMs, epoch, delayedUntil, createdAt } = run;
  const expiresAt = ttlMs === undefined || epoch > 0 ? undefined : (delayedUntil ?? createdAt) + ttlMs + 1;
  return { ...run, turn: "parked", wakeAt: expiresAt };
}

/** The run, called to take a slot that is free. */
const called = (run: Run, now: number): Run => ({ ...run, turn: "called", wakeAt: now });

/** The run, called to start when the rate of its queue lets it. It takes no slot before. */
const calledFor = (run: Run, at: number): Run => ({ ...run, turn: "later", wakeAt: at });

/** The run, called to be claimed at this time. */
export const calledAt = (run: Run, at: number, now: number): Run =>
  at > now ? calledFor(run, at) : called(run, now);

/** Is the run parked, and could it be claimed? One that ends unclaimed waits for nothing. */
export const isParked = (run: Run): boolean => run.turn === "parked" && !isFinished(run.status);

/** Was the run called, and has nobody claimed it yet? */
export const isCalled = (run: Run): boolean => run.turn === "called" && !isFinished(run.status);

/** Was the run called to be started, now or later? */
export const isAhead = (run: Run): boolean =>
  isStart(run) && (run.turn === "called" || run.turn === "later") && !isFinished(run.status);

/** Who was called, for whoever has to ring: at once, or at their times. `own`: the run itself may have been put off. */
export function calledBy(
  own: Run | undefined,
  others: readonly Later[],
  now: number,
): Pick<Written, "called" | "later"> {
  const isLater = own?.turn === "later" && !others.some(({ runId }) => runId === own.id);
  const given = isLater ? [{ runId: own.id, at: own.wakeAt ?? now }, ...others] : others;
  // Who looks after a pool may call a run that parks itself again, and is called again.
  const all = [...new Map(given.map((each) => [each.runId, each])).values()];
  const called = all.flatMap(({ runId, at }) => (at > now ? [] : [runId]));
  const later = all.filter(({ at }) => at > now);
  return { ...(called.length > 0 ? { called } : {}), ...(later.length > 0 ? { later } : {}) };
}
