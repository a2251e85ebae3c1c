/**
 * Timers that the author's code sets: `Promise.race([child, new Promise((late) => setTimeout(late, 30_000))])`.
 *
 * Owns:      until when a pass stays for them (a suspend would begin them anew, and a race would have another winner), and those that
 *            go off before their time while the log is ahead.
 * Never:     counts what is taken back again: a promise that waits for something else keeps its pass that long at most.
 * Invariant: T1 a timer goes off early only where the log says that it had gone off: the next record's time is the timer's or later, and
 *            nobody has asked for it, or it is that of a promise which the author's own code may settle.
 */
import { AsyncResource } from "node:async_hooks";
import type { Execution } from "./execution.ts";

/** One that was set while the log lay ahead, and has not gone off; of an interval, when it is due next. */
interface Pending {
  due: number;
  readonly every: number | undefined;
  readonly goOff: () => void;
  /** Where the log was read when an interval last went off early. */
  at: number;
}

/** Those of a pass. */
class OwnTimers {
  /** When the last one goes off. */
  until = 0;
  readonly pending = new Map<unknown, Pending>();
  #at = 0;
  #count = 0;

  /** The earliest that is due by `t`. One that sets itself again has no end: so many go off ahead of one record. */
  next(t: number, cursor: number): readonly [unknown, Pending] | undefined {
    if (this.pending.size === 0) return undefined;
    if (this.#at !== cursor) this.#count = 0;
    this.#at = cursor;
    if (this.#count >= earlyMax) return undefined;
    const due = [...this.pending].filter(([, timer]) => timer.due <= t && timer.at !== cursor);
    const [first] = due.sort(([, a], [, b]) => a.due - b.due);
    if (first !== undefined) this.#count++;
    return first;
  }
}

const earlyMax = 100;

const ofPasses = new WeakMap<Execution, OwnTimers>();

function timersOf(execution: Execution): OwnTimers {
  const known = ofPasses.get(execution) ?? new OwnTimers();
  ofPasses.set(execution, known);
  return known;
}

/** Does it set a timer that goes off once, or again and again, when some time has passed? */
export const isClock = (fn: unknown): boolean => fn === setTimeout || fn === setInterval;

/** The author's code calls `fn`: is that a timer, or does it take one back? */
export function noteOwnTimer(execution: Execution, fn: unknown, [first, ms]: readonly unknown[]): void {
  if (fn === clearTimeout || fn === clearInterval) ofPasses.get(execution)?.pending.delete(first);
  if (fn !== setTimeout || !(Number(ms) > 0)) return;
  const timers = timersOf(execution);
  timers.until = Math.max(timers.until, execution.context.ports.clock.now() + Number(ms));
}

/** When the last one goes off; 0: there was none. */
export const timersUntil = (execution: Execution): number => ofPasses.get(execution)?.until ?? 0;

/** Sets such a timer of the author's; `set` does it. */
export function setOwnTimer(
  execution: Execution,
  isInterval: boolean,
  [fn, ms, ...given]: readonly unknown[],
  set: (args: readonly unknown[]) => unknown,
): unknown {
  if (!execution.replaying || typeof fn !== "function") return set([fn, ms, ...given]);
  const { pending } = timersOf(execution);
  const every = isInterval ? Number(ms) || 1 : undefined;
  const wentOff = (...args: unknown[]): void => {
    if (every === undefined) pending.delete(timer);
    fn(...args);
  };
  const timer = set([wentOff, ms, ...given]);
  const goOff = AsyncResource.bind((): void => void fn(...given));
  pending.set(timer, { due: execution.now + (Number(ms) || 0), every, goOff, at: 0 });
  return timer;
}

/** A record of this time is next: has a timer gone off by then? It does now. */
export function goesOff(execution: Execution, t: number): boolean {
  const timers = ofPasses.get(execution);
  const first = timers?.next(t, execution.cursor);
  if (timers === undefined || first === undefined) return false;
  const [timer, one] = first;
  if (one.every === undefined) {
    timers.pending.delete(timer);
    clearTimeout(timer as NodeJS.Timeout);
  } else {
    one.due += one.every;
    one.at = execution.cursor;
  }
  one.goOff();
  execution.kick();
  return true;
}
