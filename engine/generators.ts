/**
 * The author's generators. The bodies of async ones are frames, so moving one on is no unit.
 *
 * Owns:      which objects came out of the author's `async function*`, or of a `function*` that has to do with variables
 *            around it, and what a library gets instead of one: each move that it asks for is an invocation.
 */
import { authored, type Callable, callForeign, standForAuthors } from "./authored.ts";
import { isEager } from "./promises.ts";

const own = new WeakSet<object>();
const prototype = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())) as object;
const names = ["next", "return", "throw"] as const;
const moves = new Set<unknown>(names.map((name) => Reflect.get(prototype, name)));
const functions = new WeakMap<object, readonly Callable[]>();

const isAsync = (generator: object): generator is AsyncGenerator => Symbol.asyncIterator in generator;

/** Notes what a function of the author's gave, if that is a generator. */
export function noteGenerator(fn: Callable, made: unknown): unknown {
  const { isGenerator, captures } = authored(fn) ?? {};
  if (isGenerator === true && typeof made === "object" && made !== null && (captures || isAsync(made)))
    own.add(made);
  return made;
}

/** A generator of the SDK's, whose items are recorded already: gone through like one of the author's. */
export function asOwnGenerator<T>(made: AsyncGenerator<T>): AsyncGenerator<T> {
  own.add(made);
  return made;
}

/** Is this a generator object whose moves are invocations? */
export const isMovedOn = (value: unknown): value is AsyncGenerator | Generator =>
  typeof value === "object" && value !== null && own.has(value);

/** Is this a generator object of the author's `async function*`? */
export const isOwnGenerator = (value: unknown): value is AsyncGenerator => isMovedOn(value) && isAsync(value);

/** Is this a call that moves a generator of the author's on? */
export const isOwnMove = (receiver: unknown, fn: unknown): boolean => moves.has(fn) && isMovedOn(receiver);

/** The functions that move a generator on. */
export function movesOf(generator: AsyncGenerator | Generator): readonly Callable[] {
  const known = functions.get(generator);
  if (known !== undefined) return known;
  const flags = isAsync(generator) ? "a" : "cm";
  const made = names.map((name) =>
    standForAuthors((...args: [unknown]) => {
      const moved = callForeign(() => generator[name](...args));
      // On replay nobody waits for what a plain one yields.
      if ("value" in moved && isEager(moved.value)) moved.value.catch(() => {});
      return moved;
    }, flags),
  );
  functions.set(generator, made);
  return made;
}

/** What stands for a generator whose moves are these. */
export function movedBy(generator: object, [next, back, fail]: readonly unknown[]): object {
  const made = Object.create(Object.getPrototypeOf(generator) as object) as object;
  return Object.assign(made, { next, return: back, throw: fail });
}
