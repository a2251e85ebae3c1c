/**
 * Starts scheduled runs on one machine: sleeps until the next time of all schedules, and keeps them then.
 *
 * Owns:      when schedules are kept. The process that holds the data folder is the only one that does.
 * Never:     lets a failure end it: a second later it tries again.
 * Invariant: schedules are kept by one turn at a time, in the order in which they were asked for.
 */
import type { Clock } from "../engine/ports.ts";

/** The longest sleep without a look at the clock: it may be set, and the machine may have slept. */
const longestMs = 1_000;

/** What it needs. */
export interface ScheduleTimerDeps {
  readonly clock: Clock;
  /** Keeps the schedules; gives the next time of any. */
  readonly keep: () => Promise<number | undefined>;
  readonly onError: (error: unknown) => void;
}

/** A timer over the schedules. */
export interface ScheduleTimer {
  /** Keeps the schedules now, and from then on at their times. Also when the code has changed. */
  look(): Promise<void>;
  /** Resolves when nothing goes on any more. */
  stop(): Promise<void>;
}

/** Makes a timer; it sleeps until the first look. */
export function scheduleTimer({ clock, keep, onError }: ScheduleTimerDeps): ScheduleTimer {
  let cancel = (): void => {};
  let isStopped = false;
  let turn = Promise.resolve();

  async function keepNow(): Promise<void> {
    if (isStopped) return;
    cancel();
    let next: number | undefined;
    try {
      next = await keep();
    } catch (error) {
      onError(error);
      next = clock.now() + longestMs;
    }
    if (next !== undefined) sleep(next);
  }

  function sleep(until: number): void {
    if (isStopped) return;
    const ms = Math.max(0, Math.min(longestMs, until - clock.now()));
    cancel = clock.after(ms, () => (clock.now() >= until ? void look() : sleep(until)));
  }

  function look(): Promise<void> {
    turn = turn.then(keepNow);
    return turn;
  }

  return {
    look,
    stop() {
      isStopped = true;
      cancel();
      return turn;
    },
  };
}
