/**
 * Passes that are no invocations of Lambda: the dispatcher claims the run, and with it its place in its queues, gives the lease back
 * and keeps the place; then it starts a process elsewhere, which claims for itself.
 *
 * Owns:      when another process is started for a run that nobody has claimed since.
 * Never:     holds a lease while a process starts: who dies meanwhile leaves a run that is due.
 * Invariant: a start is asked for with each ring, under a number that grows with the time waited: the same number is the same start.
 */
import { putBack } from "../engine/head-write.ts";
import type { Run } from "../engine/run.ts";
import type { RingDeps } from "./answer-ring.ts";
import { giveBack } from "./pass-until.ts";

/** Starts processes that work on one run each. */
export interface StartsPasses {
  /** Rejects when nobody is known to come. Resolves to what the process is called there. `number`: how many there were before. */
  start(run: Run, number: number): Promise<string | undefined>;
}

/** The tasks of this code whose passes are elsewhere: none any more, once the place has gone. */
export interface LongRunning extends StartsPasses {
  readonly tasks: Set<string>;
}

/** Rejects a start: there is nothing any more that could be started, or no right to it, as where a later deployment has no such task. */
export class PlaceGone extends Error {}

/** A right that was just given may be unknown for a while. */
const goneAfterMs = 600_000;

/** A task of Fargate mostly begins within a minute: after this long, another one is started; behind that, after twice as long each time. */
const firstWaitMs = 120_000;
const longestWaitMs = 3_600_000;

/** How many starts a run had before, that has been due for so long. */
export function startsBefore(dueForMs: number): number {
  let [number, until, wait] = [0, firstWaitMs, firstWaitMs];
  while (until <= dueForMs) {
    wait = Math.min(longestWaitMs, wait * 2);
    until += wait;
    number += 1;
  }
  return number;
}

type Deps = RingDeps & { readonly longRunning: LongRunning };

/** Gives what the process is called; "gone" where there is no place for one, and has not been for a while. */
async function placeFor({ longRunning, log }: Deps, run: Run, number: number, dueForMs: number) {
  try {
    return { place: await longRunning.start(run, number) };
  } catch (error) {
    if (!(error instanceof PlaceGone) || dueForMs < goneAfterMs) throw error;
    // For this code it does not come back: another deployment's would be another place.
    longRunning.tasks.clear();
    log.warn(
      "A later deployment has no longRunning task, and with it went where long passes were started: passes of this code are in Lambda from now on, 15 minutes at most. Put the run on newer code if an await needs longer: cancel it, or resume it once it has crashed (HF307)",
      { runId: run.id, task: run.task, error: error.message },
    );
    return "gone";
  }
}

/**
 * Has somebody come for the run, who is called for it and has not been claimed since.
 * @returns "gone": nobody can come, and the pass is to be here
 */
export async function startElsewhere(deps: Deps, run: Run): Promise<"started" | "gone"> {
  const { ports, log } = deps;
  const { id: runId, task, wakeAt } = run;
  const dueForMs = ports.clock.now() - (wakeAt ?? Number.POSITIVE_INFINITY);
  const number = startsBefore(dueForMs);
  const found = await placeFor(deps, run, number, dueForMs);
  if (found === "gone") return found;
  const fields = { runId, task, ...found, start: number + 1 };
  if (number === 0) log.info("A long pass is started", fields);
  else
    log.warn(
      "Nobody has claimed the run of a long pass: another one is started. Look for why the first task of Fargate has stopped: aws ecs list-tasks --desired-status STOPPED --started-by <run>",
      { ...fields, waitedSeconds: Math.round(dueForMs / 1_000) },
    );
  return "started";
}

/** Hands over a run that was claimed here, by `owner`. */
export async function handOverClaimed(deps: Deps, run: Run, owner: string): Promise<void> {
  const { store, clock } = deps.ports;
  try {
    const given = await store.write(run.id, putBack(run, owner, clock.now()));
    if (given.applied && given.run !== undefined) await startElsewhere(deps, given.run);
  } catch (error) {
    await giveBack(deps, run.id, owner);
    throw error;
  }
}
