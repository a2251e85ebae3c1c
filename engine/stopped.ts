/**
 * Code of a run that this process has given back, or that is over: it may still be called, by a timer or a promise of its own.
 *
 * Invariant: Z1 nothing it asks for begins. Z2 it does not hold up the process: a loop that awaits nothing is thrown out of.
 */
import type { Execution } from "./execution.ts";

/** So many calls are made by no code that is about to await something. */
const callsMax = 10_000;

const calls = new WeakMap<Execution, number>();

/** What a call gives there: a promise that never settles. `while (queue.startNext()) {}` would go on for ever with it. */
export function neverAnswered(execution: Execution): Promise<never> {
  const count = (calls.get(execution) ?? 0) + 1;
  calls.set(execution, count);
  if (count % callsMax === 0) throw new Error("This run goes on elsewhere, or is over");
  return new Promise(() => {});
}
