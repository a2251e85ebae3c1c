/**
 * Calls that are no units although they yield promises or take the author's functions: JavaScript's own combinators,
 * `then`, array methods, timers, and the readers of a recorded Response's body.
 *
 * Owns:      the list of such functions.
 * Invariant: what is listed here comes out the same in every pass when its inputs do.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { Stream } from "node:stream";
import { types } from "node:util";
import { authored, type Callable, handOver, isAsyncItself, isWrappable } from "./authored.ts";
import { streamReaders } from "./codec-body-stream.ts";
import type { Frame } from "./frame.ts";
import { noteGenerator } from "./generators.ts";
import { functionSite, invokeKept, keepFunction, type Owner, standingFor } from "./kept-function.ts";
import { isClock } from "./own-timers.ts";
import { isEager, know } from "./promises.ts";
import { sourceOf } from "./stream-sources.ts";

const combinators = new Set<unknown>([Promise.all, Promise.allSettled, Promise.race, Promise.any]);
const chaining = new Set<unknown>([
  Promise.prototype.then,
  Promise.prototype.catch,
  Promise.prototype.finally,
]);
const settled = new Set<unknown>([Promise.resolve, Promise.reject]);
const ofStreams = new Set<unknown>(streamReaders);
const ofResponses: ReadonlySet<unknown> = new Set([
  "text",
  "json",
  "arrayBuffer",
  "blob",
  "bytes",
  "formData",
]);

/**
 * Only a function of that name is compared: the first look at `Response` loads all that `fetch` is made of (decision 0048). A proxy is
 * none, and would be told of the question.
 */
function isResponseReader(fn: unknown): boolean {
  if (typeof fn !== "function" || types.isProxy(fn)) return false;
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return ofResponses.has(name) && Reflect.get(Response.prototype, name as string) === fn;
}

function methodsOf(...owners: object[]): unknown[] {
  return owners.flatMap((owner) =>
    Object.getOwnPropertyNames(owner)
      .map((name) => Object.getOwnPropertyDescriptor(owner, name)?.value)
      .filter((value) => typeof value === "function"),
  );
}

/** They keep their function for a later turn, or take it back. */
const later = [
  setTimeout,
  setInterval,
  setImmediate,
  queueMicrotask,
  process.nextTick,
  EventTarget.prototype.addEventListener,
  EventTarget.prototype.removeEventListener,
];

/** They call their function at once, in a context of the author's own: `storage.run(request, () => handle(request))`. */
const contexts = [
  AsyncLocalStorage.prototype.run,
  AsyncLocalStorage.prototype.exit,
  AsyncResource.prototype.runInAsyncScope,
];

const immediate = new Set<unknown>([
  ...contexts,
  ...methodsOf(
    Array,
    Array.prototype,
    Object.getPrototypeOf(Int8Array.prototype),
    Map.prototype,
    Set.prototype,
    WeakMap.prototype,
    WeakSet.prototype,
    String.prototype,
  ),
  ...methodsOf(Object, Reflect, JSON, Math, Number, Function.prototype, Iterator()),
  ...later,
  clearTimeout,
  clearInterval,
]);

function Iterator(): object {
  return Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
}

export const isCombinator = (fn: unknown): boolean => combinators.has(fn);
export const isChaining = (fn: unknown): boolean => chaining.has(fn);
export const isSettledMaker = (fn: unknown): boolean => settled.has(fn);
export const isBodyReader = (fn: unknown): boolean => ofStreams.has(fn) || isResponseReader(fn);
export const isImmediate = (fn: unknown): boolean => immediate.has(fn);

const callingNames =
  "forEach map filter some every find findIndex findLast findLastIndex reduce reduceRight flatMap sort toSorted".split(
    " ",
  );
const typedArray = Object.getPrototypeOf(Int8Array.prototype) as object;
const calling = new Set<unknown>([
  ...[Array.prototype, typedArray, Iterator()].flatMap((owner) =>
    callingNames.map((name) => Reflect.get(owner, name)),
  ),
  ...contexts,
  Map.prototype.forEach,
  Set.prototype.forEach,
  String.prototype.replace,
  String.prototype.replaceAll,
  Array.from,
  Reflect.get(Object, "groupBy"),
  Reflect.get(Map, "groupBy"),
  JSON.parse,
  JSON.stringify,
  ...later,
]);

/** Does it call the functions it is given? The others (`push`, `set`, `includes`) only keep or compare them. */
export const isCalling = (fn: unknown): boolean => fn !== undefined && calling.has(fn);

const timers = new Set<unknown>([setTimeout, setImmediate, queueMicrotask, process.nextTick]);

/** Does it call its function once, in a later turn? */
export const isTimer = (fn: unknown): boolean => timers.has(fn);

function counting(frame: Frame, site: string, fn: Callable, escapes: boolean, isOutside = false): Callable {
  const isAsync = isAsyncItself(fn);
  return function (this: unknown, ...args: unknown[]): unknown {
    if (frame.execution.stopped) return undefined;
    const inside = isOutside ? frame.invokedOutside(site, escapes) : frame.invoked(site, escapes);
    const result = handOver(inside, fn, this, args);
    return isAsync && isEager(result) ? know(result) : noteGenerator(fn, result);
  };
}

/** A function that what was made by the call with this key may call later. */
export function keeping(frame: Frame, key: string, index: number, fn: Callable, owner: Owner): Callable {
  const kept = keepFunction(frame, key, index, fn, { owner });
  return standingFor(fn, function (this: unknown, ...args: unknown[]): unknown {
    return invokeKept(frame, kept, this, args);
  });
}

/** The author's functions among `args`, bound to frames below the call's: each invocation gets a path by its count. */
export function bindCounted(frame: Frame, key: string, args: readonly unknown[], escapes = false): unknown[] {
  return args.map((arg, index) =>
    isWrappable(arg) ? counting(frame, functionSite(key, index), arg, escapes) : arg,
  );
}

/** What a timer, or any other function of JavaScript's own, is given. */
export function bindImmediate(
  frame: Frame,
  key: string,
  fn: unknown,
  args: readonly unknown[],
  escapes: boolean,
): unknown[] {
  if (!isClock(fn)) return bindCounted(frame, key, args, escapes);
  return args.map((arg, index) =>
    isWrappable(arg) ? counting(frame, functionSite(key, index), arg, escapes, true) : arg,
  );
}

/** Those that a constructor is given, also in its options: they are kept by what it makes. */
export function bindKept(
  frame: Frame,
  key: string,
  target: unknown,
  args: readonly unknown[],
  owner: Owner,
): unknown[] {
  let count = 0;
  const keep = (arg: unknown): unknown => (isWrappable(arg) ? keeping(frame, key, count++, arg, owner) : arg);
  return args.map((arg) => {
    const source = sourceOf(target, arg);
    if (source !== undefined) return Object.fromEntries(source.map(([name, each]) => [name, keep(each)]));
    if (target === Proxy || !isOptions(arg, isStreamClass(target))) return keep(arg);
    return { ...arg, ...Object.fromEntries(Object.entries(arg).map(([name, each]) => [name, keep(each)])) };
  });
}

/** What a stream is made of hands on to the next one, which may have to do with the run. */
const isStreamClass = (target: unknown): boolean =>
  typeof target === "function" && target.prototype instanceof Stream;

/** A plain object with functions that have to do with the run; `isAny`: with any function of the author's. */
const isOptions = (value: unknown, isAny: boolean): value is object =>
  typeof value === "object" &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  Object.values(value).some((each) => isWrappable(each) && (isAny || matters(each)));

/** A function that has awaits, or to do with variables around it. */
export function matters(fn: unknown): boolean {
  const { isAsync, captures } = authored(fn) ?? {};
  return isAsync === true || captures === true;
}
