/**
 * Functions that a run's code calls and that are no units: what they are made of is recorded already.
 */

/** Marks a function so that a call of it in a run is just made. */
export function markInRun<A extends unknown[], T>(fn: (...args: A) => T): (...args: A) => T {
  const inRun = (_frame: unknown, _site: unknown, args: A): T => fn(...args);
  Object.defineProperty(fn, Symbol.for("holdfast.durable"), { value: inRun });
  return fn;
}
