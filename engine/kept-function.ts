/**
 * A function of the author's that somebody else's code keeps: a listener, what a constructor was given, the inside of what
 * `memoize(fn)` gave back.
 *
 * Owns:      what an invocation of it belongs to: the unit that is going on, or the code around it.
 * Invariant: K1 within a unit an invocation that matters is an event of the log, as if the unit's call had been given the
 *            function. K2 outside of one it is counted: it comes again by itself.
 */
import { authored, type Callable, handOver } from "./authored.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Frame } from "./frame.ts";
import { isMovedOn, movedBy, movesOf, noteGenerator } from "./generators.ts";
import { isEager, know } from "./promises.ts";
import { isOwnStream } from "./web-streams.ts";

/** The name of a call's n-th function, below the frame of the call. */
export const functionSite = (key: string, index: number): string =>
  `${key.slice(key.lastIndexOf("/") + 1)}>f${index}`;

/** Who has the functions that a constructor was given. */
export interface Owner {
  made?: object;
  /** Its functions are methods of the author's: private fields are read through it alone. */
  readonly isOfOwnClass?: true;
}

/** A function that was given away by the call with this key. */
export interface KeptFunction {
  /** The same in every pass. */
  readonly id: string;
  readonly fn: Callable;
  /** The frame for an invocation that is counted. */
  readonly counted: () => Frame;
  /** The name of the call that was given it. */
  readonly givenTo?: string | undefined;
  /** What the constructor has made that was given it. */
  readonly owner?: Owner | undefined;
  /** It is called once by whoever got it, who is not there on replay: takes it back. */
  readonly over?: (() => void) | undefined;
}

/** What stands for a function of the author's is called, and looked at, as that is: `curry` goes by its length. */
export function standingFor(fn: Callable, wrapper: Callable): Callable {
  const { length, name } = fn;
  Object.defineProperties(wrapper, {
    length: { value: length, configurable: true },
    name: { value: name, configurable: true },
  });
  return Object.assign(wrapper, fn);
}

/** Notes that a function was given away. `as`: tells apart what invocations of it mean. */
export function keepFunction(
  frame: Frame,
  key: string,
  index: number,
  fn: Callable,
  { as = "", ...more }: Pick<KeptFunction, "over" | "givenTo" | "owner"> & { readonly as?: string } = {},
): KeptFunction {
  const site = functionSite(key, index);
  const kept = { id: `${frame.path}/${site}${as}`, fn, counted: () => frame.invoked(site), ...more };
  frame.execution.libraries.keep(kept);
  return kept;
}

/** Somebody calls it. */
export function invokeKept(frame: Frame, kept: KeptFunction, thisArg: unknown, args: unknown[]): unknown {
  const { execution } = frame;
  const { fn } = kept;
  const { isAsync = false, captures = false } = authored(fn) ?? {};
  if (execution.stopped) return isAsync ? new Promise(() => {}) : undefined;
  const here = currentRun.getStore();
  // It is the stream that calls it, whoever reads.
  const isOwn = isOwnStream(kept.owner?.made);
  if (here?.execution === execution && here.call !== undefined && !isOwn) {
    const { key = "" } = here;
    execution.libraries.answers.note(here, thisArg, args);
    const isGoingOn = here.isCalling || execution.asked.has(key) || execution.libraries.calls.isUnit(key);
    if ((isAsync || captures) && isGoingOn) {
      return execution.libraries.invokedWithin(here, kept, thisArg, args);
    }
  }
  const enter = (): unknown => {
    const inside = kept.counted();
    inside.isOutside = true;
    return handOver(inside, fn, thisArg, args);
  };
  // Which call has moved its stream on may be another one in the next pass.
  const result = isOwn ? currentRun.run(new CurrentRun(execution), enter) : enter();
  return isAsync && isEager(result) ? know(result) : noteGenerator(fn, result);
}

/** What a library gets from a function of the author's: a generator stays the author's, its moves are invocations. */
export function givenAway(frame: Frame, key: string, value: unknown): unknown {
  if (!isMovedOn(value)) return value;
  const keep = (fn: Callable, index: number): Callable => {
    const kept = keepFunction(frame, key, index, fn);
    return function (this: unknown, ...args: unknown[]): unknown {
      return invokeKept(frame, kept, this, args);
    };
  };
  return movedBy(value, movesOf(value).map(keep));
}
