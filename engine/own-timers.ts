/**
 * Timers that the author's code sets: `Promise.race([child, new Promise((late) => setTimeout(late, 30_000))])`.
 *
 * Owns:      until when a pass stays for them. A suspend would begin them anew, and a race would have another winner.
 * Never:     counts what is taken back again: a promise that waits for something else keeps its pass that long at most.
 */
import type { Execution } from "./execution.ts";

const latest = new WeakMap<Execution, number>();

/** The author's code calls `fn`: is that a timer? */
export function noteOwnTimer(execution: Execution, fn: unknown, [, ms]: readonly unknown[]): void {
  if (fn !== setTimeout || !(Number(ms) > 0)) return;
  const until = execution.context.ports.clock.now() + Number(ms);
  latest.set(execution, Math.max(timersUntil(execution), until));
}

/** When the last one goes off; 0: there was none. */
export const timersUntil = (execution: Execution): number => latest.get(execution) ?? 0;
