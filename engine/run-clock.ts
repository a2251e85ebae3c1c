/**
 * The clock that the author's code reads between two records.
 *
 * Owns:      `runClock`.
 * Invariant: equal readings in every pass. What depends on the real time is noted for the log, and comes from there again.
 */
import { withFrame } from "./virtual.ts";

const readsPerMillisecond = 64;
/** So often the real time is looked at: code that does not wait for time to pass reads less often, and never depends on it. */
const readsPerLook = 16;
/** So far the clock may be behind. */
const behindMs = 100;

/** The clock was moved on by the real time that had passed: at the `reads`-th reading behind the record with the number `after`. */
export interface ClockMove {
  readonly after: number;
  readonly reads: number;
  /** Milliseconds. By how much, not to when: another attempt begins at another time. */
  readonly by: number;
}

/** What such a clock is read for. */
export interface Clocked {
  /** The time of the latest delivered record, Unix milliseconds. */
  readonly now: number;
  /** The number that is gone through next. */
  readonly cursor: number;
  /** The program does again what it has done before: nothing new is noted. */
  readonly replaying: boolean;
  readonly journal: { clockMove(after: number, reads: number): number | undefined };
  readonly context: {
    readonly ports: { readonly clock: { now(): number } };
    readonly writer: { noteMove(move: ClockMove): void };
  };
}

/**
 * A clock that stands at the time of the latest delivered record, never goes back, and moves on by a millisecond every
 * 64 reads. In a loop that reads it again and again it follows the real time, at most 100 ms behind.
 */
export function runClock(run: Clocked): () => number {
  let now = Number.NEGATIVE_INFINITY;
  let reads = 0;
  const since = { after: -1, reads: 0, began: 0, real: 0 };
  const real = (): number => withFrame(undefined, () => run.context.ports.clock.now());

  const look = (): void => {
    const { after, reads } = since;
    const recorded = run.journal.clockMove(after, reads);
    if (recorded !== undefined || run.replaying) {
      now += recorded ?? 0;
      return;
    }
    const by = since.began + (real() - since.real) - now;
    if (by < behindMs) return;
    now += by;
    run.context.writer.noteMove({ after, reads, by });
  };

  return () => {
    if (run.now > now) now = run.now;
    if (++reads % readsPerMillisecond === 0) now++;
    if (since.after !== run.cursor - 1)
      Object.assign(since, { after: run.cursor - 1, reads: 0, began: now, real: real() });
    if (++since.reads % readsPerLook === 0) look();
    return now;
  };
}

/** Moves such a clock on by a millisecond. */
export function passMillisecond(clock: () => number): void {
  for (let read = 0; read < readsPerMillisecond; read++) clock();
}
