/**
 * Functions that a run's code calls and that are no units: what they are made of is recorded already.
 */

/** Marks a function so that a call of it in a run is just made. */
export function markInRun<T>(fn: () => Promise<T>): () => Promise<T> {
  Object.defineProperty(fn, Symbol.for("holdfast.durable"), { value: () => fn() });
  return fn;
}
