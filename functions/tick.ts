/**
 * What the timer does each minute: rings for every run whose time comes before the next tick, or has passed.
 *
 * Owns:      which runs are rung, and when. A run that waits for up to 15 minutes was rung by whoever put it away; all
 *            that is left of it here is to see to it that it was.
 * Never:     works on a run.
 * Invariant: what is found is rung for, also where the search behind it fails. With every ring lost, a run is rung no later than one tick after its time, and one whose pass died no later
 *            than one tick after the end of its lease. A tick that is late, doubled or left out changes when, not what.
 */

import type { Ports } from "../engine/ports.ts";
import { isAbandoned, isFinished, type Run } from "../engine/run.ts";
import { type DelayedDoorbell, isRungAhead } from "./bell.ts";
import { type LostRings, ringLostAgain } from "./dead-letter.ts";
import { errorFields, type Log } from "./log.ts";
import { freeRun } from "./lost-pass.ts";

/** Ticks come late by a few seconds: they look so much further. */
const marginMs = 5_000;
/** A ring that was sent for this time may be on its way: it is not sent again before. */
const graceMs = 3_000;
/** How many runs one tick rings for, if its time is enough. The rest is rung by the next, those that wait longest first. */
export const mostPerTick = 20_000;
/** As many are rung for at once as one look brings. */
const atOnce = 100;

/** A run that wants attention. `isUnrung`: nobody can have rung for it yet. */
interface Wake {
  readonly run: Run;
  readonly isUnrung?: true;
}

/** What a tick takes. */
export interface TickDeps {
  readonly ports: Pick<Ports, "clock"> & {
    readonly store: Ports["store"] & {
      /** Runs whose `wakeAt` is not later than `until` and that nobody holds at `now`, earliest first. */
      wakes(now: number, until: number, limit: number): AsyncIterable<Wake>;
    };
  };
  readonly bell: DelayedDoorbell;
  readonly lostRings: LostRings;
  readonly tickMs: number;
  /** When the tick has to end; what is not rung for by then is the next one's. Never unless said. */
  readonly endsAt?: number;
  readonly log: Log;
}

/** What a tick did. */
export interface Ticked {
  readonly rung: number;
  readonly freed: number;
  readonly lostRings: number;
  /** How far past its time the run was that waited longest. */
  readonly lateMs: number;
}

/** One tick. */
export async function tick(deps: TickDeps): Promise<Ticked> {
  const { ports, bell, lostRings, tickMs, endsAt = Number.POSITIVE_INFINITY, log } = deps;
  const now = ports.clock.now();
  const done = { rung: 0, freed: 0, lateMs: 0 };
  let group: Wake[] = [];
  const ring = async (): Promise<void> => {
    const wakes = group;
    group = [];
    await Promise.all(wakes.map((wake) => ringFor(deps, wake, now, done)));
    await bell.flush();
  };
  try {
    for await (const wake of ports.store.wakes(now, now + tickMs + marginMs, mostPerTick)) {
      group.push(wake);
      if (group.length >= atOnce) await ring();
      if (ports.clock.now() >= endsAt) break;
    }
  } finally {
    await ring();
  }
  const again = await ringLostAgain(lostRings, bell, log).catch((error: unknown) => {
    log.error("Rings that were lost could not be picked up", errorFields(error));
    return 0;
  });
  return { ...done, lostRings: again };
}

async function ringFor(
  deps: TickDeps,
  { run, isUnrung }: Wake,
  now: number,
  done: { rung: number; freed: number; lateMs: number },
): Promise<void> {
  const { ports, bell, log } = deps;
  const { id: runId, wakeAt = now } = run;
  done.lateMs = Math.max(done.lateMs, now - wakeAt);
  try {
    if (isAbandoned(run, now)) {
      log.warn("A pass is gone: its lease has ended", { runId, task: run.task, deaths: run.deaths + 1 });
      if ((await freeRun(ports, run)) === undefined) return;
      done.freed += 1;
    } else if (isUnrung !== true && !isToRing(run, now)) return;
    done.rung += 1;
    if (wakeAt > now) bell.ringAt(runId, wakeAt);
    else bell.ring(runId);
  } catch (error) {
    log.error("A run could not be rung for", { runId, at: wakeAt, ...errorFields(error) });
  }
}

/** Is it this tick's to ring for this run? */
function isToRing(run: Run, now: number): boolean {
  const { wakeAt = now } = run;
  if (run.owner !== undefined) return false;
  if (wakeAt <= now - graceMs) return true;
  // Rung when it was created, put away, resumed or ended: the next tick looks whether that got through.
  const waits = run.status === "WAITING" || run.status === "DELAYED" || run.turn === "later";
  return waits && !isRungAhead(run) && !isFinished(run.status);
}
