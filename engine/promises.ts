/**
 * Which promises come out the same in every pass: those that the pump settles, and what is made of them.
 *
 * Owns:      the set of known promises.
 * Invariant: a promise of unknown origin is recorded where it is awaited; a known one never is.
 */
const known = new WeakSet<Promise<unknown>>();

/** Marks a promise as one that replay settles by itself. */
export function know<T extends Promise<unknown>>(promise: T): T {
  known.add(promise);
  return promise;
}

export const isKnown = (promise: Promise<unknown>): boolean => known.has(promise);

/**
 * A promise that is under way: a native one, or of a subclass that keeps `then`. A subclass with a `then` of its own
 * (query builders) may begin its work only there, unless what it does can be canceled: then it is going on (`p-cancelable`, `got`).
 */
export function isEager(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && (value.then === Promise.prototype.then || isCancelable(value));
}

const isCancelable = (value: object): boolean =>
  "cancel" in value && typeof value.cancel === "function" && "isCanceled" in value;

/** Anything that `await` waits for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
