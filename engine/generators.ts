/**
 * The author's async generators: their bodies are frames, so moving one on is no unit.
 *
 * Owns:      which objects came out of the author's `async function*`, and what a library gets instead of one: each move
 *            that it asks for is an invocation.
 */
import { authored, type Callable, callForeign, standForAuthors } from "./authored.ts";

const own = new WeakSet<object>();
const prototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())) as object;
const names = ["next", "return", "throw"] as const;
const moves = new Set<unknown>(names.map((name) => Reflect.get(prototype, name)));
const functions = new WeakMap<object, readonly Callable[]>();

/** Notes what a function of the author's gave, if that is a generator. */
export function noteGenerator(fn: Callable, made: unknown): unknown {
  if (authored(fn)?.isGenerator === true && typeof made === "object" && made !== null) own.add(made);
  return made;
}

/** A generator of the SDK's, whose items are recorded already: gone through like one of the author's. */
export function asOwnGenerator<T>(made: AsyncGenerator<T>): AsyncGenerator<T> {
  own.add(made);
  return made;
}

/** Is this a generator object of the author's? */
export const isOwnGenerator = (value: unknown): value is AsyncGenerator =>
  typeof value === "object" && value !== null && own.has(value);

/** Is this a call that moves a generator of the author's on? */
export const isOwnMove = (receiver: unknown, fn: unknown): boolean =>
  moves.has(fn) && isOwnGenerator(receiver);

/** The functions that move a generator on. */
export function movesOf(generator: AsyncGenerator): readonly Callable[] {
  const known = functions.get(generator);
  if (known !== undefined) return known;
  const made = names.map((name) =>
    standForAuthors((...args: [unknown]) => callForeign(() => generator[name](...args))),
  );
  functions.set(generator, made);
  return made;
}

/** What stands for a generator whose moves are these. */
export function movedBy(move: readonly unknown[]): object {
  const [next, back, fail] = move;
  return {
    next,
    return: back,
    throw: fail,
    [Symbol.asyncIterator](): unknown {
      return this;
    },
  };
}
