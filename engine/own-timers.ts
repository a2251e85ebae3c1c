/**
 * Timers that the author's code sets: `Promise.race([child, new Promise((late) => setTimeout(late, 30_000))])`.
 *
 * Owns:      until when a pass stays for them (a suspend would begin them anew, and a race would have another winner), and those that
 *            go off before their time while the log is ahead.
 * Never:     counts what is taken back again: a promise that waits for something else keeps its pass that long at most.
 * Invariant: T1 a timer goes off early only where the log says that it had gone off: a record is next that nobody has asked for, and its
 *            time is the timer's or later.
 */
import { AsyncResource } from "node:async_hooks";
import type { Execution } from "./execution.ts";

/** One that was set while the log lay ahead, and has not gone off. */
interface Pending {
  readonly due: number;
  readonly goOff: () => void;
}

const latest = new WeakMap<Execution, number>();
const pending = new WeakMap<Execution, Map<unknown, Pending>>();

/** The author's code calls `fn`: is that a timer, or does it take one back? */
export function noteOwnTimer(execution: Execution, fn: unknown, [first, ms]: readonly unknown[]): void {
  if (fn === clearTimeout) pending.get(execution)?.delete(first);
  if (fn !== setTimeout || !(Number(ms) > 0)) return;
  const until = execution.context.ports.clock.now() + Number(ms);
  latest.set(execution, Math.max(timersUntil(execution), until));
}

/** When the last one goes off; 0: there was none. */
export const timersUntil = (execution: Execution): number => latest.get(execution) ?? 0;

/** Sets a timer of the author's; `set` does it. */
export function setOwnTimer(
  execution: Execution,
  [fn, ms, ...given]: readonly unknown[],
  set: (args: readonly unknown[]) => unknown,
): unknown {
  if (!execution.replaying || typeof fn !== "function") return set([fn, ms, ...given]);
  const all = pending.get(execution) ?? new Map<unknown, Pending>();
  pending.set(execution, all);
  const timer = set([
    (...args: unknown[]): void => {
      all.delete(timer);
      fn(...args);
    },
    ms,
    ...given,
  ]);
  const goOff = AsyncResource.bind((): void => void fn(...given));
  all.set(timer, { due: execution.now + (Number(ms) || 0), goOff });
  return timer;
}

/** A record of this time is next, and nobody has asked for it: has a timer gone off by then, behind which somebody did? */
export function goesOff(execution: Execution, t: number): boolean {
  const due = [...(pending.get(execution) ?? [])].filter(([, timer]) => timer.due <= t);
  const [first] = due.sort(([, a], [, b]) => a.due - b.due);
  if (first === undefined) return false;
  const [timer, { goOff }] = first;
  pending.get(execution)?.delete(timer);
  clearTimeout(timer as NodeJS.Timeout);
  goOff();
  execution.kick();
  return true;
}
