/**
 * Promises in the place of those that have methods of their own: what the program and its libraries hold is what the journal
 * answers, and that has none of them.
 *
 * Owns:      who is told: the first run, whoever asks for such a method. Your code gets HF333 for it, a library's call is told as one.
 * Invariant: N1 nothing is given that a replay does not give: such a method is not there. N2 no getter of the original is read.
 */
import { HoldfastError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Place } from "./record.ts";

/** What every promise has, and what is asked of any object whether it is one or not. */
const usual: ReadonlySet<string> = new Set(["constructor", "then", "catch", "finally", "toString", "toJSON"]);

type Asked = (name: string) => void;

const askers = new WeakMap<object, Asked>();
const originals = new WeakMap<object, object>();
const prototypes = new WeakMap<object, object>();

/** Names of methods that an object has itself. */
const methodsOf = (owner: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(owner)).flatMap(([name, { value }]) =>
    typeof value === "function" && !usual.has(name) ? [name] : [],
  );

/** A prototype of promises on which each of these is asked for and not there. */
function telling(names: Iterable<string>): object {
  const made: object = Object.create(Promise.prototype);
  for (const name of names) {
    const get = function (this: object): undefined {
      askers.get(this)?.(name);
      return undefined;
    };
    // A library may put one of its own in that place.
    const set = function (this: object, value: unknown): void {
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    };
    Object.defineProperty(made, name, { get, set, configurable: true });
  }
  return made;
}

function prototypeFor(original: object): object | undefined {
  const above: unknown = Object.getPrototypeOf(original);
  if (above === Promise.prototype && Object.getOwnPropertyNames(original).length === 0) return undefined;
  const own = methodsOf(original);
  const known =
    typeof above === "object" && above !== null && own.length === 0 ? prototypes.get(above) : undefined;
  if (known !== undefined) return known;
  const names = new Set(own);
  for (let each = above; typeof each === "object" && each !== null; each = Object.getPrototypeOf(each)) {
    if (each === Promise.prototype || each === Object.prototype) break;
    for (const name of methodsOf(each)) names.add(name);
  }
  if (names.size === 0) return undefined;
  const made = telling(names);
  if (own.length === 0 && typeof above === "object" && above !== null) prototypes.set(above, made);
  return made;
}

/** `promise` stands for `original`: `asked` is called with the name of each method that is asked for and was lost. */
function inPlaceOf(promise: object, original: object, asked: Asked): void {
  const prototype = prototypeFor(original);
  if (prototype === undefined || Object.getPrototypeOf(promise) !== Promise.prototype) return;
  askers.set(promise, asked);
  originals.set(promise, original);
  Object.setPrototypeOf(promise, prototype);
}

/** What the author holds of a call that gave `original`: his code is stopped where it asks for one of the methods. */
export function heldInstead(promise: Promise<unknown>, original: object, { name, at }: Place): void {
  inPlaceOf(promise, original, (method) => {
    const what = `${name} at ${at}: what your code holds is a promise without the \`${method}\` of its own that the call gave.`;
    const fix = `Call \`.${method}(…)\` in the same expression as ${name}, or do both in one step().`;
    throw new HoldfastError("HF333", what, fix);
  });
}

/** What a library gets of a function that gave it `given`: its call is told, and does not find the method. */
export function givenInstead(
  promise: Promise<unknown>,
  given: object,
  { context }: Execution,
  { name, at }: Place,
): void {
  let isTold = false;
  inPlaceOf(promise, originals.get(given) ?? given, (method) => {
    if (isTold) return;
    isTold = true;
    const what = `it asks for \`${method}\` of what a function of yours gave, and gets a promise without it`;
    context.print("warn", [`HF333 ${name} at ${at}: ${what}`]);
  });
}
