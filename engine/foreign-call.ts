/**
 * A call of somebody else's function in the author's code: a unit if it yields a promise, else a plain call.
 *
 * Owns:      the order of decisions: recorded, library call, live try, plain.
 * Invariant: F1 a call with a record is not made. F2 a call that yields no promise is left alone.
 */
import type { Sort } from "./ask.ts";
import { authored, type Callable, callForeign, callUnrecorded } from "./authored.ts";
import { follow, type Segment } from "./chain.ts";
import { currentRun } from "./current-run.ts";
import { idempotencyKeyOf } from "./fingerprint.ts";
import type { Frame, Site } from "./frame.ts";
import { frameContext } from "./frame-context.ts";
import { isAtomicCallback, isClosingCall, isHandle, isSetUpCall } from "./handle.ts";
import { LibraryCall } from "./library-call.ts";
import { bindCounted, isBodyReader, isImmediate, isListening } from "./passing.ts";
import { isEager, isThenable, know } from "./promises.ts";
import { askUnit, handleKeys, type Making } from "./unit.ts";
import { withFrame } from "./virtual.ts";

/** A call as the author wrote it, with its arguments evaluated. */
export interface Call {
  readonly frame: Frame;
  readonly site: Site;
  readonly thisArg: unknown;
  readonly fn: Callable;
  readonly args: readonly unknown[];
  readonly tail: readonly Segment[];
}

const nativeFetch: unknown = globalThis.fetch;

export function foreignCall(call: Call): unknown {
  const { frame, site, thisArg, fn, args } = call;
  if (isBodyReader(fn)) {
    const read = Reflect.apply(fn, thisArg, args) as Promise<unknown>;
    return know(Promise.resolve(read).then((value) => follow(value, call.tail)));
  }
  const key = frame.next(site.id);
  if (isImmediate(fn) || isListening(site.name)) {
    const bound = bindCounted(frame, key, args, isListening(site.name));
    return finish(call, key, perform(call, key, bound, false), bound);
  }
  const functions = args.filter((arg) => authored(arg) !== null) as Callable[];
  if (functions.length > 0 && isAtomicCallback(site.name))
    return plainUnit(call, key, args.map(asUnrecorded));
  if (functions.length > 0) return libraryCall(call, key, functions);
  return plainUnit(call, key, args);
}

/** Inside an atomic call (a transaction) nothing is a unit of its own. */
function asUnrecorded(arg: unknown): unknown {
  if (authored(arg) === null) return arg;
  return function (this: unknown, ...inner: unknown[]): unknown {
    return callUnrecorded(arg as Callable, this, inner);
  };
}

/** Makes the call for real. Where its value is awaited the clock is real: signatures need it. */
function perform(call: Call, key: string, args: readonly unknown[], isRetry: boolean): unknown {
  const { frame, thisArg, fn, site } = call;
  const { execution } = frame;
  const unit = idempotencyKeyOf(execution.context.run.id, key, execution.journal.generation(key));
  const make = () =>
    currentRun.run({ execution, unit }, () => callForeign(() => Reflect.apply(fn, thisArg, args)));
  return site.awaited || isRetry ? make() : withFrame(frameContext(frame), make);
}

function plainUnit(call: Call, key: string, args: readonly unknown[]): unknown {
  const { frame, site } = call;
  const { execution } = frame;
  const making = makingOf(call, "unit", () => settle(perform(call, key, args, true), call));
  if (execution.journal.knows(key)) return know(askUnit(frame, key, making));
  if (site.awaited && (execution.cancelAhead || !execution.context.mayBegin()))
    return know(askUnit(frame, key, making));
  let value: unknown;
  try {
    value = perform(call, key, args, false);
  } catch (error) {
    if (!site.awaited) throw error;
    return know(askUnit(frame, key, making, Promise.reject(error)));
  }
  return finish(call, key, value, args, making);
}

/** The rest of the chain, and the unit if there is a promise. */
function finish(call: Call, key: string, value: unknown, args: readonly unknown[], making?: Making): unknown {
  const isPromise = isEager(value) || (call.site.awaited && isThenable(value) && call.tail.length === 0);
  if (!isPromise) {
    if (call.tail.length === 0) return value;
    return tailCall(call, value);
  }
  const unit = making ?? makingOf(call, "unit", () => settle(perform(call, key, args, true), call));
  return know(askUnit(call.frame, key, unit, Promise.resolve(settle(value, call))));
}

const settle = (value: unknown, call: Call): unknown => follow(value, call.tail);

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
  return foreignCall({ ...call, thisArg: property === undefined ? undefined : owner, fn, args, tail: rest });
}

function makingOf(call: Call, sort: Sort, invoke: () => unknown): Making {
  const { site, thisArg, fn, args } = call;
  const method = site.name.slice(site.name.lastIndexOf(".") + 1);
  const isObject = typeof thisArg === "object" && thisArg !== null;
  const closes = isObject && isClosingCall(method) ? handleKeys.get(thisArg) : undefined;
  return {
    sort,
    place: { name: site.name, at: site.at },
    invoke,
    args,
    ...(isObject && isPlain(thisArg) ? { receiver: thisArg } : {}),
    setUp: isObject && isSetUpCall(method) && isHandle(thisArg),
    closes,
    safe: isSafeFetch(fn, args),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}

/** A plain `fetch` with GET or HEAD: HTTP calls these safe to repeat (RFC 9110, 9.2.1). */
function isSafeFetch(fn: unknown, args: readonly unknown[]): boolean {
  if (fn !== nativeFetch && fn !== globalThis.fetch) return false;
  const [input, init] = args as [unknown, { method?: string } | undefined];
  const method = init?.method ?? (input instanceof Request ? input.method : "GET");
  return /^(?:get|head)$/i.test(method);
}

/** A call that is given the author's functions: their invocations are recorded, see `library.ts`. */
function libraryCall(call: Call, key: string, functions: readonly Callable[]): unknown {
  const { frame, site, args } = call;
  const { execution } = frame;
  const library = new LibraryCall(key, frame, args, functions);
  const wrapped = args.map((arg) => {
    const index = functions.indexOf(arg as Callable);
    return index < 0 ? arg : execution.libraries.wrap(library, index);
  });
  const make = (isRetry: boolean): unknown => {
    library.begin();
    library.isCalling = true;
    try {
      return settle(perform({ ...call, tail: [] }, key, wrapped, isRetry), call);
    } finally {
      library.isCalling = false;
    }
  };
  const making: Making = {
    ...makingOf(call, "library", () => make(true)),
    isFinal: (error) => library.errors.has(error),
  };
  execution.libraries.add(library);
  const isKnownCall = execution.journal.knows(key);
  const mayWait = (site.awaited || isKnownCall) && !library.hasSync && !execution.libraries.isReplayOver;
  if (
    mayWait ||
    (isKnownCall && execution.journal.settled(key, execution.journal.generation(key)) !== undefined)
  ) {
    return know(askUnit(frame, key, { ...making, begin: (go) => execution.libraries.defer(library, go) }));
  }
  if (execution.cancelAhead && site.awaited) return know(askUnit(frame, key, making));
  const value = make(false);
  if (isEager(value) || (site.awaited && isThenable(value))) {
    return know(askUnit(frame, key, making, Promise.resolve(value)));
  }
  library.phase = "synchronous";
  execution.context.writer.forget(key);
  return value;
}
