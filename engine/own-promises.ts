/**
 * Promises that the author's own code makes and settles: `new Promise((give) => waiting.push(give))`, and `give(connection)` elsewhere.
 * What settles them runs again in each pass, so they are memory like the variables around them.
 *
 * Owns:      which promises these are, and who settled them.
 * Invariant: O1 an object that such a promise gives is that object in each pass, with its methods, not a recorded copy.
 *            O2 what a timer, a listener or the inside of a unit has settled may never come again: its value is recorded.
 */
import type { Callable } from "./authored.ts";
import { currentRun } from "./current-run.ts";
import { isKnown } from "./promises.ts";

/** How a promise came to be settled. */
interface Settling {
  isSettled: boolean;
  /** By a call in the author's code, in a function that runs again in each pass. */
  isOwn: boolean;
}

const settlings = new WeakMap<object, Settling>();
const owned = new WeakMap<Callable, Callable>();

/** What settles a promise: notes the first call, and where it comes from. */
function noting(settling: Settling, settle: Callable): Callable {
  const noted = (value?: unknown): unknown => {
    if (!settling.isSettled) {
      settling.isSettled = true;
      const here = currentRun.getStore();
      settling.isOwn = here?.isCalling === true && here.call?.fn === noted && !here.call.frame.isOutside;
    }
    return settle(value);
  };
  owned.set(noted, (value?: unknown): unknown => {
    if (!settling.isSettled) Object.assign(settling, { isSettled: true, isOwn: true });
    return settle(value);
  });
  return noted;
}

/** What a chain on `source` is given to settle such a promise: `loaded.then(resolve, reject)`. It comes again if what it waits for does. */
export function asOwn(source: Promise<unknown>, fn: unknown): unknown {
  const own = owned.get(fn as Callable);
  if (own === undefined) return fn;
  if (isKnown(source)) return own;
  return (value?: unknown): unknown =>
    (settlings.get(source)?.isOwn === true ? own : (fn as Callable))(value);
}

/** Makes a promise by the author's own `new Promise(executor)`. */
export function makeOwn(executor: unknown): Promise<unknown> {
  if (typeof executor !== "function") return Reflect.construct(Promise, [executor]);
  const settling: Settling = { isSettled: false, isOwn: false };
  const made = new Promise((resolve, reject) => {
    executor(noting(settling, resolve), noting(settling, reject));
  });
  settlings.set(made, settling);
  return made;
}

/** What follows such a promise is settled by it. */
export function followOwn(before: object, after: object): void {
  const settling = settlings.get(before);
  if (settling !== undefined) settlings.set(after, settling);
}

/** May the author's own code settle it? */
export const isOwn = (promise: object): boolean => settlings.has(promise);

/** Has the author's own code settled it, with something that has an identity? */
export const givesOwn = (promise: object, value: unknown): boolean =>
  settlings.get(promise)?.isOwn === true && typeof value === "object" && value !== null;
