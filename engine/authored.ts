/**
 * Tells an author's function from any other, and hands its frame over at a call.
 *
 * Owns:      the hand-over slot: set by a call, taken by the callee's first statement, both in one turn.
 * Never:     keeps a run in a module variable across an await.
 * Invariant: a function that was not called through `handOver` never takes another function's frame.
 */
import { currentRun } from "./current-run.ts";
import type { Frame } from "./frame.ts";

// biome-ignore lint/complexity/noBannedTypes: any callable value of the author's or a library's
export type Callable = Function;

/** What the marker in a transformed function says about it. */
export interface Authored {
  /** Starts in a turn of its own when a library calls it: `async`, or an arrow whose body is one unit or frame. */
  readonly isAsync: boolean;
  /** That is so only if what the arrow calls gives a promise: nobody knows before it was called. */
  readonly isGuessed: boolean;
  /** A generator. */
  readonly isGenerator: boolean;
  /** Moves a plain generator on. */
  readonly isMove: boolean;
  /** Has to do with variables around it: what it does in memory has to happen again on replay. */
  readonly captures: boolean;
  /** Changes variables around it. */
  readonly writes: boolean;
}

const marker = /["'`]hf:([a-z]*):/;
const cache = new WeakMap<Callable, Authored | null>();

const flagsOf = (flags: string): Authored => ({
  isAsync: /[au]/.test(flags),
  isGuessed: flags.includes("u") && !flags.includes("a"),
  isGenerator: flags.includes("g"),
  isMove: flags.includes("m"),
  captures: flags.includes("c"),
  writes: flags.includes("w"),
});

/** The transform's marker in this function's own text, or null for everybody else's function. */
export function authored(fn: unknown): Authored | null {
  if (typeof fn !== "function") return null;
  const cached = cache.get(fn);
  if (cached !== undefined) return cached;
  const found = marker.exec(Function.prototype.toString.call(fn));
  const answer = found === null ? null : flagsOf(found[1] ?? "");
  cache.set(fn, answer);
  return answer;
}

/**
 * Is what it gives settled by what it awaits, and so the same in each pass? An arrow that only hands on what it calls
 * (`() => queue.take()`) may give a promise that somebody made by hand.
 */
export function isAsyncItself(fn: Callable): boolean {
  const { isAsync = false, isGuessed = false } = authored(fn) ?? {};
  return isAsync && !isGuessed;
}

/** May a library get a wrapper in this value's place? A class stays what it is: it is constructed and compared. */
export function isWrappable(value: unknown): value is Callable {
  return authored(value) !== null && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** `fn.bind(…)` of an author's function is the author's too. */
export function bindAuthored(fn: Callable, args: readonly unknown[]): Callable {
  const made = Reflect.apply(Function.prototype.bind, fn, args) as Callable;
  cache.set(made, authored(fn));
  return made;
}

/** A function that stands for a part of the author's code: moving on his generator. An async one's starts in a turn of its own. */
export function standForAuthors(fn: Callable, flags: "a" | "cm"): Callable {
  cache.set(fn, flagsOf(flags));
  return fn;
}

/** Handed to a function that is to run as written, unrecorded: the inside of a unit. */
const unrecorded = Symbol("unrecorded");

let handed: Frame | typeof unrecorded | undefined;

function calling<T>(slot: typeof handed, fn: () => T): T {
  const before = handed;
  handed = slot;
  try {
    return fn();
  } finally {
    handed = before;
  }
}

/** Calls an author's function in `frame`. */
export function handOver(frame: Frame, fn: Callable, thisArg: unknown, args: readonly unknown[]): unknown {
  return calling(frame, () => Reflect.apply(fn, thisArg, args));
}

/** Constructs an author's class in `frame`. */
export function handOverNew(frame: Frame, fn: Callable, args: readonly unknown[]): unknown {
  return calling(frame, () => Reflect.construct(fn, args));
}

/** Calls an author's function so that nothing in it is recorded: it is the inside of one unit. */
export function callUnrecorded(fn: Callable, thisArg: unknown, args: readonly unknown[]): unknown {
  return calling(unrecorded, () => Reflect.apply(fn, thisArg, args));
}

/** Calls somebody else's code: an author's function that it calls finds no frame of ours. */
export function callForeign<T>(fn: () => T): T {
  return calling(undefined, fn);
}

/**
 * The frame of the function that is being entered. `lexical`: the frame in which it was created. `isByLanguage`: a getter,
 * a setter, an iterator or a trap, which code of the run reaches without a call.
 */
export function takeFrame(functionSite: string, lexical: Frame | null, isByLanguage = false): Frame | null {
  const slot = handed;
  handed = undefined;
  if (slot === unrecorded) return null;
  if (slot !== undefined) return slot;
  if (lexical === null && isByLanguage) return frameOfRun(functionSite);
  // A function of a run that is over keeps its frame: nothing it asks for begins any more.
  if (lexical === null || lexical.execution.stopped) return lexical;
  return isByLanguage ? lexical.invoked(functionSite) : lexical.invokedOutside(functionSite);
}

/** Below the run's first frame, unless it is inside of a unit that it was reached. */
function frameOfRun(functionSite: string): Frame | null {
  const { execution, key } = currentRun.getStore() ?? {};
  if (execution === undefined || key !== undefined) return null;
  return execution.stopped ? execution.root : execution.root.invoked(functionSite);
}

/** The frame handed over but not yet entered: for calls in parameter defaults. */
export function peekFrame(lexical: Frame | null): Frame | null {
  if (handed === unrecorded) return null;
  return handed ?? lexical;
}
