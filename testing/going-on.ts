/**
 * Lets a world go on until a run has ended, or can't go on.
 *
 * Owns:      when time moves, and when there is nothing left to wait for.
 * Invariant: G1 while calls are under way for real, time moves with their timers alone, and in the order in which all is due. G2 it ends: for real things after `patienceMs` without
 *            any sign of life, for virtual ones when time has nothing ahead.
 */
import type { Ask } from "../engine/ask.ts";
import { HoldfastError } from "../engine/errors.ts";
import { isFinished } from "../engine/run.ts";
import { activeResources, hasMore, type Life } from "./resources.ts";
import type { Outsider } from "./tokens.ts";
import { headOf, type World } from "./world.ts";

/** Turns of the event loop without anything new, before it counts as still. */
const stillTurns = 6;
/** The longest that a look at real things is put off, in milliseconds. */
const longestNapMs = 10;
/** So long nothing may happen before timers are all that is waited for, in milliseconds: they go off early, in the order of the run's time. */
const timersMs = 100;
/** So long nothing may happen at all before a run that waits for nothing virtual is given up: timers of the test's own may be meant. */
const lastNapMs = 1_500;
/** A run that goes on for longer than this never ends. */
const longestMs = 100 * 366 * 86_400_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What it takes to decide what comes next. */
interface Stillness {
  readonly world: World;
  readonly runId: string;
  /** What was going on in the process before the run. */
  readonly before: ReadonlyMap<string, number>;
  /** A run that comes to this time never ends. */
  readonly ends: number;
  readonly patienceMs: number;
  /** So long nothing has moved, in real milliseconds. */
  readonly silentMs: number;
  readonly outside: Outsider;
}

/** Lets the world go on. Gives the reason where the run can't. Rejects with what the task files threw when they were loaded. */
export async function goOn(
  world: World,
  runId: string,
  patienceMs: number,
  outside: Outsider,
): Promise<HoldfastError | undefined> {
  const before = activeResources();
  const ends = world.time.now() + longestMs;
  let stillSince = performance.now();
  for (;;) {
    if (await settled(world)) stillSince = performance.now();
    const isDone = isFinished((await headOf(world, runId)).status);
    if (isDone && !(await hasOpenRuns(world))) return undefined;
    if (await world.ringDue()) continue;
    const silentMs = performance.now() - stillSince;
    const reason = await moved({ world, runId, before, ends, patienceMs, silentMs, outside });
    if (reason !== "goes on") return isDone ? undefined : reason;
  }
}

/** Nothing moves: waits for what goes on for real, or moves time on, or gives the reason why neither helps. */
async function moved(still: Stillness): Promise<HoldfastError | "goes on"> {
  const { world, runId, before, ends, patienceMs, silentMs, outside } = still;
  const underWay = world.watches.flatMap((watch) => watch.underWay());
  const timer = underWay.length > 0 ? world.life.nextTimer : undefined;
  const isBusy = underWay.length > 0 && hasMore(before);
  if (!isBusy && timer === undefined && (await outside(world))) return "goes on";
  const next = await world.nextTime();
  if (silentMs < patienceFor(isBusy, timer, patienceMs)) await nap(Math.min(longestNapMs, 1 + silentMs / 20));
  else if (silentMs < patienceMs && isFirst(timer, next)) await hurry(world, timer);
  else if (next !== undefined && next <= ends) moveOn(world, next);
  else if (next !== undefined) return endless(runId);
  else if (silentMs < lastNapMs) await nap(longestNapMs);
  else return stuck(world, runId, underWay, silentMs);
  return "goes on";
}

type Timer = Life["nextTimer"];

function patienceFor(isBusy: boolean, timer: Timer, patienceMs: number): number {
  if (isBusy) return patienceMs;
  return timer === undefined ? 0 : Math.min(timersMs, patienceMs);
}

const isFirst = (timer: Timer, next: number | undefined): timer is NonNullable<Timer> =>
  timer !== undefined && timer.at <= (next ?? timer.at);

/** Nothing but time is waited for: the next timer goes off now. */
async function hurry(world: World, { id }: NonNullable<Timer>): Promise<void> {
  world.life.hurry(id);
  await nap(longestNapMs);
}

/** Waits until nothing moves by itself; gives whether anything has. */
async function settled(world: World): Promise<boolean> {
  const first = world.moves;
  let seen = first;
  for (let still = 0; still < stillTurns; still++) {
    world.answerRings();
    await turn();
    if (world.failure !== undefined) throw world.failure;
    if (world.moves === seen) continue;
    seen = world.moves;
    still = 0;
  }
  return seen !== first;
}

function moveOn({ time }: World, next: number): void {
  time.moveTo(next);
  if (time.next !== undefined && time.next <= time.now()) time.advance();
}

async function hasOpenRuns(world: World): Promise<boolean> {
  const { runs } = await world.store.list({ limit: 100_000 });
  return runs.some(({ status, wakeAt }) => !isFinished(status) || wakeAt !== undefined);
}

async function stuck(
  world: World,
  runId: string,
  underWay: readonly Ask[],
  silentMs: number,
): Promise<HoldfastError> {
  const { status, waitingFor } = await headOf(world, runId);
  const named = underWay.map(({ options: { place } }) => `${place.name} at ${place.at}`);
  const what =
    named.length > 0
      ? `It has waited ${Math.round(silentMs)} ms for ${named.slice(0, 5).join(", ")}${named.length > 5 ? " and others" : ""}.`
      : waitingFor === undefined
        ? `It is ${status}, and nothing would wake it.`
        : `It waits for ${waitingFor.count} × ${waitingFor.kind}, and nothing would wake it.`;
  const fix =
    "See why that never settles: an outside world of the test's that never answers, or a promise that nobody resolves. Give the run a longer patienceMs if it is only slow.";
  return new HoldfastError("HF704", `Run ${runId} cannot go on. ${what}`, fix);
}

function endless(runId: string): HoldfastError {
  const what = `Run ${runId} has gone on for a hundred years.`;
  return new HoldfastError("HF704", what, "Give its loop an end.");
}
