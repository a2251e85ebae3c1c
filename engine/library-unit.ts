/**
 * A library call that is given the author's functions, as a unit: begun at once, put off, or answered by its record.
 */
import { type Callable, callForeign, isWrappable } from "./authored.ts";
import type { Segment } from "./chain.ts";
import { isMovedOn, movedBy, movesOf } from "./generators.ts";
import { LibraryCall } from "./library-call.ts";
import { type Call, makingOf, partOf, perform, settle } from "./making.ts";
import { isEager, isThenable, know } from "./promises.ts";
import { askUnit } from "./unit.ts";
import type { Making } from "./unit-making.ts";

/** How deep functions are looked for in plain objects and lists: `{ tools: [{ function: { function: fn } }] }`. */
const depthMax = 4;

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The author's functions and generators among the arguments, also in option objects and lists. */
export function functionsIn(value: unknown, depth = depthMax): readonly Callable[] {
  if (isWrappable(value)) return [value];
  if (isMovedOn(value)) return movesOf(value);
  if (depth === 0) return [];
  return membersOf(value).flatMap((each) => functionsIn(each, depth - 1));
}

/** What a list or a plain object holds. Nothing where a getter or a proxy throws: the library may never read that. */
function membersOf(value: unknown): readonly unknown[] {
  try {
    if (Array.isArray(value)) return value;
    return isPlain(value) ? Object.values(value) : [];
  } catch {
    return [];
  }
}

/** The arguments with `put` in the place of each of the functions; what holds none stays the same object. */
function replaced(value: unknown, put: (fn: Callable) => unknown, depth: number): unknown {
  if (isWrappable(value)) return put(value);
  if (isMovedOn(value)) return movedBy(value, movesOf(value).map(put));
  if (depth === 0 || functionsIn(value, depth).length === 0) return value;
  if (Array.isArray(value)) return value.map((each) => replaced(each, put, depth - 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replaced(each, put, depth - 1)]),
  );
}

/** The author's functions among the arguments of a chain's later calls: `client.list().each(fn)`. */
export const functionsInTail = (tail: readonly Segment[]): readonly Callable[] =>
  tail.flatMap(([, args]) => functionsIn(args));

/**
 * A call that is given the author's functions: their invocations are recorded, see `library.ts`. `isAtomic`: they count with
 * the call as a whole. `head`: what the beginning of the chain has given already.
 */
export function libraryCall(call: Call, key: string, isAtomic: boolean, head?: Promise<unknown>): unknown {
  const { frame, site, args } = call;
  const functions = [...args.flatMap((arg) => functionsIn(arg)), ...functionsInTail(call.tail)];
  const { execution } = frame;
  const library = new LibraryCall(key, frame, args, functions, site, isAtomic);
  library.receiver = call.thisArg;
  const wrap = (fn: Callable): unknown => execution.libraries.wrap(library, functions.indexOf(fn));
  const wrapped = args.map((arg) => replaced(arg, wrap, depthMax));
  const tail = call.tail.map(
    ([name, given]): Segment =>
      given === undefined ? [name] : [name, given.map((arg) => replaced(arg, wrap, depthMax))],
  );
  const make = (isRetry: boolean): unknown =>
    settle(perform({ ...call, tail: [] }, key, wrapped, isRetry), { ...call, tail });
  const making = makingOf(call, key, "library", () => make(true), partOf(call, key));
  execution.libraries.add(library);
  if (head !== undefined) return begunAtOnce(call, key, making, () => goneOn(call, key, head, tail));
  const isKnownCall = execution.journal.knows(key);
  const isFormer = execution.moved.concerns(frame, site.id, site.awaited, making);
  const isBehind = execution.libraries.isBehind(call);
  const isAhead = isFormer || isBehind || !execution.libraries.isReplayOver;
  const mayWait = (site.awaited || isKnownCall || isFormer || isBehind) && !library.hasSync && isAhead;
  if (
    mayWait ||
    (isKnownCall && execution.journal.settled(key, execution.journal.generation(key)) !== undefined)
  ) {
    return know(
      askUnit(frame, key, { ...making, begin: (go) => execution.libraries.defer(library, call, go) }),
    );
  }
  if (execution.cancelAhead && site.awaited) return know(askUnit(frame, key, making));
  return begunAtOnce(call, key, making, () => make(false));
}

/** The rest of a chain whose beginning has given a promise. */
function goneOn(call: Call, key: string, head: Promise<unknown>, tail: readonly Segment[]): unknown {
  const { calls } = call.frame.execution.libraries;
  calls.calling(key);
  try {
    return callForeign(() => settle(head, { ...call, tail }));
  } finally {
    calls.returned(key);
  }
}

/** The library is called now: is it synchronous, or does it give a promise? */
function begunAtOnce(call: Call, key: string, making: Making, make: () => unknown): unknown {
  const { frame, site } = call;
  const { libraries } = frame.execution;
  let value: unknown;
  try {
    value = make();
  } catch (error) {
    if (site.awaited) return know(askUnit(frame, key, making, Promise.reject(error)));
    libraries.wasPlain(key);
    throw error;
  }
  if (isEager(value) || (site.awaited && isThenable(value))) {
    return know(askUnit(frame, key, making, Promise.resolve(value)));
  }
  libraries.wasPlain(key);
  return value;
}
