/**
 * A call of somebody else's function in the author's code: a unit if it yields a promise, else a plain call.
 *
 * Owns:      the order of decisions: recorded, library call, live try, plain.
 * Invariant: F1 a call with a record is not made. F2 a call that yields no promise is left alone.
 */
import { authored, bindAuthored, type Callable, callUnrecorded, isWrappable } from "./authored.ts";
import { follow, type Segment } from "./chain.ts";
import { noteCallbacks, noteListener, noteTimer, waitsForFilling } from "./collecting.ts";
import { counted } from "./counted.ts";
import { fingerprint } from "./fingerprint.ts";
import { closedStandIn, handleKeys, isAtomicCallback, isClosedStandIn, isClosingCall } from "./handle.ts";
import { join } from "./join.ts";
import { functionsIn, functionsInTail, libraryCall } from "./library-unit.ts";
import { isListening, isTargetListening, withListeners } from "./listening.ts";
import { hasMethod } from "./live-values.ts";
import { type Call, makingOf, methodOf, partOf, perform, performAtOnce, settle } from "./making.ts";
import { isMoving, movingCall } from "./moving.ts";
import { isOwn } from "./own-promises.ts";
import { isClock, noteOwnTimer, setOwnTimer } from "./own-timers.ts";
import { bindImmediate, isBodyReader, isCalling, isImmediate, isTimer } from "./passing.ts";
import { isEager, isKnown, isThenable, know } from "./promises.ts";
import { derived, moveOwnStream, movesOwn } from "./stream-moves.ts";
import { toldMethods } from "./told-methods.ts";
import { isOver, noteRelease, type Part, transactionsOf } from "./transactions.ts";
import { askUnit } from "./unit.ts";
import type { Making } from "./unit-making.ts";

export function foreignCall(call: Call): unknown {
  const { frame, site, thisArg, fn, args } = call;
  if (isBodyReader(fn)) {
    const read = Reflect.apply(fn, thisArg, args) as Promise<unknown>;
    // A body can be long in coming: what it is made of may compress a file.
    return know(counted(frame.execution, async () => follow(await read, call.tail)));
  }
  const key = frame.next(site.id);
  if (isGoneAlready(call, key)) return undefined;
  if (waitsForFilling(fn, args)) return waitingCall(call, key);
  const other = derived(call, () => performAtOnce(call, args));
  if (other !== undefined) return finish(call, key, other.value, args);
  const move = movesOwn(call);
  if (move !== undefined) return moveOwnStream(frame, key, site, () => performAtOnce(call, args), move);
  if (isImmediate(fn) || isListening(site.name, fn)) return immediateCall(call, key);
  const functions = args.some(isCompound) ? args.flatMap((arg) => functionsIn(arg)) : [];
  if (functions.length > 0) noteCallbacks(functions);
  const isAtomic = functions.length > 0 && isAtomicCallback(site.name);
  if (isAtomic && !functions.some((each) => authored(each)?.isAsync === true))
    return plainUnit(call, key, args.map(asUnrecorded));
  const { libraries } = frame.execution;
  if (functions.length > 0 || libraries.expects(key) || libraries.isBehind(call))
    return libraryCall(call, key, isAtomic);
  return plainUnit(call, key, args);
}

/**
 * Closing (`client.release()`) or listening to what was closed in an earlier pass, itself or with what it came from (`pool.end()`):
 * there is nothing that could be closed once more, or be heard.
 */
const isGoneAlready = ({ frame, site, thisArg, fn, tail }: Call, key: string): boolean =>
  isClosedStandIn(thisArg) &&
  !site.awaited &&
  tail.length === 0 &&
  (isClosingCall(site.name) || isListening(site.name, fn)) &&
  !frame.execution.journal.knows(key);

const isCompound = (value: unknown): boolean =>
  typeof value === "function" || (typeof value === "object" && value !== null);

/** JavaScript's own functions, and subscriptions: made in each pass. */
function immediateCall(call: Call, key: string): unknown {
  const { frame, site, thisArg, fn, args } = call;
  if (fn === Function.prototype.bind && isWrappable(thisArg))
    return finish(call, key, bindAuthored(thisArg, args), args);
  if (isListening(site.name, fn)) {
    if (!isTargetListening(fn)) noteListener(thisArg, args);
    const listening = withListeners(call, key);
    return finish(call, key, performAtOnce(call, listening), listening);
  }
  if (isTimer(fn)) noteTimer(args);
  noteOwnTimer(frame.execution, fn, args);
  const bound = isCalling(fn) ? bindImmediate(frame, key, fn, args, site.escapes) : args;
  const make = (given: readonly unknown[]): unknown => performAtOnce(call, given);
  const value = isClock(fn) ? setOwnTimer(frame.execution, fn === setInterval, bound, make) : make(bound);
  const isKeptOne = isEager(value) && (isKnown(value) || isOwn(value));
  return isKeptOne ? keptPromise(call, value) : finish(call, key, value, bound);
}

/** A promise that the author keeps (`promises.get(id)`, `queue.shift()`) is that one, and its value the same object. */
function keptPromise(call: Call, value: Promise<unknown>): unknown {
  if (call.tail.length > 0) return tailCall(call, value);
  return call.site.awaited ? join(call.frame, call.site, value) : value;
}

/** Events that fill variables on their way to the one that is waited for: they have to come again. */
function waitingCall(call: Call, key: string): unknown {
  const again = Promise.resolve(settle(performAtOnce(call, call.args), call));
  const making = makingOf(call, key, "unit", () => again, partOf(call, key));
  return know(askUnit(call.frame, key, { ...making, again }, again));
}

/** Plain functions of an atomic call (a transaction): nothing in them is a unit of its own. */
function asUnrecorded(arg: unknown): unknown {
  if (!isWrappable(arg)) return arg;
  return function (this: unknown, ...inner: unknown[]): unknown {
    return callUnrecorded(arg, this, inner);
  };
}

/** Functions that gave something other than a promise, and those that gave one. */
const plainFunctions = new WeakSet<Callable>();
const promising = new WeakSet<Callable>();

const { constructor: AsyncFunction } = async () => {};

/** Is it known before the call that a unit comes of it? In a world that is closed it can be tried. */
const isUnit = ({ frame, site, fn }: Call): boolean =>
  promising.has(fn) ||
  fn instanceof AsyncFunction ||
  (site.awaited && frame.execution.context.ports.watch?.isClosed !== true);

/** May it be made now? A pass without its lease makes nothing at all, were it only a plain call: it goes nowhere. */
function mayMake({ frame }: Call, isUnit: boolean): boolean {
  const { context, cancelAhead } = frame.execution;
  return isUnit ? !cancelAhead && context.mayBegin() : context.holds();
}

/** How the call is made: at once, or behind the recorded ones on a handle that it moves on. */
function makerOf(call: Call, key: string, args: readonly unknown[]): (isRetry: boolean) => unknown {
  const make = (isRetry: boolean): unknown => perform(call, key, args, isRetry);
  const method = methodOf(call.site);
  if (!isMoving(call.thisArg, method)) return make;
  return movingCall(call.thisArg, method, args, () => make(true));
}

/** Has the function never given a promise, and does no record say anything of the call? */
const isPlainAgain = ({ frame: { execution }, site, fn }: Call, key: string): boolean =>
  plainFunctions.has(fn) &&
  !promising.has(fn) &&
  !site.awaited &&
  !site.iterated &&
  !execution.journal.knows(key) &&
  !execution.moved.isOpen &&
  execution.context.holds();

/** What a unit would be made of is put together only if there is one now: that costs more than most plain calls do. */
function plainAgain(call: Call, key: string, make: (isRetry: boolean) => unknown): unknown {
  let value: unknown;
  try {
    value = make(false);
  } catch (error) {
    call.frame.execution.libraries.wasPlain(key);
    throw error;
  }
  if (isEager(value)) promising.add(call.fn);
  return finish(call, key, value, call.args);
}

function plainUnit(call: Call, key: string, args: readonly unknown[]): unknown {
  const make = makerOf(call, key, args);
  const part = transactionsOf(call.frame.execution).part(call, key);
  if (part === undefined && args === call.args && isPlainAgain(call, key)) return plainAgain(call, key, make);
  return unitOf(call, key, args, make, part);
}

function unitOf(
  call: Call,
  key: string,
  args: readonly unknown[],
  make: (isRetry: boolean) => unknown,
  part: Part | undefined,
): unknown {
  const { frame, site } = call;
  const { execution } = frame;
  let making = makingOf(call, key, "unit", () => settle(make(true), call), part);
  if (site.iterated && execution.journal.isClosed(key)) return usedUp(call, key);
  const isFormer = (): boolean => execution.moved.concerns(frame, site.id, isUnit(call), making);
  if (execution.journal.knows(key) || isFormer()) {
    if (functionsInTail(call.tail).length > 0) return libraryCall(call, key, false);
    return know(askUnit(frame, key, making));
  }
  if (isOver(execution, key, making.part)) return undefined;
  if (!mayMake(call, isUnit(call))) return know(askUnit(frame, key, making));
  // What never gave a promise is not looked at: that would cost more than most plain calls do.
  if (site.awaited || !plainFunctions.has(call.fn)) {
    making.inputs?.note();
    making = { ...making, fingerprint: fingerprint(making.args, making.receiver) };
  }
  let value: unknown;
  try {
    value = make(false);
    if (isEager(value)) promising.add(call.fn);
    else if (!isThenable(value)) plainFunctions.add(call.fn);
  } catch (error) {
    if (!site.awaited) {
      execution.libraries.wasPlain(key);
      throw error;
    }
    return know(askUnit(frame, key, making, Promise.reject(error)));
  }
  return finish(call, key, value, args, making);
}

/** The rest of the chain, and the unit if there is a promise. */
function finish(call: Call, key: string, value: unknown, args: readonly unknown[], making?: Making): unknown {
  if (call.site.iterated && call.tail.length === 0 && isIterable(value)) {
    handleKeys.set(value, key);
    return value;
  }
  const isPromise = isEager(value) || (call.site.awaited && isThenable(value) && call.tail.length === 0);
  if (!isPromise) {
    call.frame.execution.libraries.wasPlain(key);
    noteRelease(call.frame.execution, making?.part);
    if (call.tail.length === 0) return value;
    return tailCall(call, value);
  }
  if (isKept(call, value, args)) return value;
  if (functionsInTail(call.tail).length > 0) return libraryCall(call, key, false, Promise.resolve(value));
  const again = (): unknown => settle(perform(call, key, args, true), call);
  const unit = making ?? makingOf(call, key, "unit", again, partOf(call, key));
  const settled = settle(value, call);
  const unitPromise = know(askUnit(call.frame, key, unit, Promise.resolve(settled)));
  if (!call.site.awaited && isEager(settled)) toldMethods()?.heldInstead(unitPromise, settled, unit.place);
  return unitPromise;
}

/** Has it given a promise of this run that it had kept (`session() { return this.#session; }`)? Whoever asks gets that one. */
const isKept = ({ tail }: Call, value: unknown, args: readonly unknown[]): boolean =>
  tail.length === 0 && isEager(value) && isKnown(value) && !args.includes(value);

/** A chain whose beginning yields no promise: its next call is looked at in the same way. */
function tailCall(call: Call, value: unknown): unknown {
  const [[property, args], ...rest] = call.tail as [Segment, ...Segment[]];
  const owner = value as Record<PropertyKey, unknown>;
  if (args === undefined) {
    const read = owner[property as PropertyKey];
    return rest.length === 0 ? read : tailCall({ ...call, tail: rest }, read);
  }
  const fn = property === undefined ? owner : owner[property];
  if (typeof fn !== "function") throw new TypeError(`${call.site.name} is not a function`);
  return call.next(call.frame, call.site, property === undefined ? undefined : owner, fn, args, rest);
}

/** Its last item is recorded: it is not opened again. */
function usedUp({ site }: Call, key: string): object {
  const standIn = closedStandIn(site.name);
  handleKeys.set(standIn, key);
  return standIn;
}

const isIterable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && hasMethod(value, Symbol.asyncIterator);
