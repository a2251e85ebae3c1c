/**
 * Which promises come out the same in every pass: those that the pump settles, and what is made of them.
 *
 * Owns:      the set of known promises.
 * Invariant: a promise of unknown origin is recorded where it is awaited; a known one never is.
 */
/** What `new` of a class behind it makes its own fields in. */
class Given {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: a private field is put on an object that is there already
    return value;
  }
}

/** A mark in the promise itself: a set of all of them costs each await more, in itself and in the collector. */
class Known extends Given {
  readonly #mark = true;

  static has(value: object): boolean {
    return #mark in value;
  }
}

/** Marks a promise as one that replay settles by itself. */
export function know<T extends Promise<unknown>>(promise: T): T {
  if (!Known.has(promise)) new Known(promise);
  return promise;
}

export const isKnown = (promise: Promise<unknown>): boolean => Known.has(promise);

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
