/**
 * Finds runs whose time has come, and rings for them: nothing else has to work for a run to go on.
 *
 * Owns:      when the store is asked.
 * Never:     works on a run, or changes one.
 * Invariant: while it runs, a run that nobody holds and whose `wakeAt` has passed is rung within `longestMs`.
 */
import type { Clock, Store } from "../engine/ports.ts";

/** The longest sleep: what every lost message costs at most. */
const longestMs = 1_000;
/** The shortest sleep, while runs are due that nobody has claimed yet. */
const shortestMs = 20;
/** How many new runs are looked for at a time. */
const page = 500;

/** What a timer needs. */
export interface TimerDeps {
  readonly store: Pick<Store, "due" | "nextWake">;
  readonly clock: Clock;
  /** Rings for a run that is due; runs that are known already are left alone. */
  readonly remind: (runId: string) => void;
  /** How many runs stand in the queue already; undefined while no more fit in. */
  readonly queued: () => number | undefined;
  readonly onError: (error: unknown) => void;
}

/** A timer over a store. */
export interface Timer {
  start(): void;
  /** A run wants attention at this time: sleep no longer than that. */
  expect(at: number): void;
  stop(): void;
}

/** Makes a timer; it sleeps until it is started. */
export function timer(deps: TimerDeps): Timer {
  const { store, clock } = deps;
  let cancel = (): void => {};
  let wakesAt = Number.POSITIVE_INFINITY;
  let running = false;
  let looking = false;
  /** Expected while the store was being asked. */
  let expected = Number.POSITIVE_INFINITY;

  async function ringAll(): Promise<void> {
    const queued = deps.queued();
    if (queued === undefined) return;
    // Those in the queue come out of the store first: look behind them.
    for (const runId of await store.due(clock.now(), queued + page)) deps.remind(runId);
  }

  async function look(): Promise<void> {
    looking = true;
    expected = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    try {
      await ringAll();
      next = (await store.nextWake()) ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      deps.onError(error);
    }
    looking = false;
    if (running) sleep(Math.min(next, expected));
  }

  function sleep(until: number): void {
    const now = clock.now();
    const ms = Math.min(longestMs, Math.max(shortestMs, until - now));
    cancel();
    wakesAt = now + ms;
    cancel = clock.after(ms, () => void look());
  }

  return {
    start() {
      running = true;
      void look();
    },
    expect(at) {
      if (looking) expected = Math.min(expected, at);
      else if (running && at < wakesAt) wake(at);
    },
    stop() {
      running = false;
      cancel();
    },
  };

  /** Sooner than planned, to the millisecond: the floor is for what the store keeps saying, not for news. */
  function wake(at: number): void {
    cancel();
    wakesAt = at;
    cancel = clock.after(Math.max(0, at - clock.now()), () => void look());
  }
}
