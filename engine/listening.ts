/**
 * Subscriptions of the author's functions to events.
 *
 * Owns:      which calls subscribe, and which function a listener is to whoever calls it.
 * Invariant: a listener is taken off by the function that it was put on with. One for a single event that was called within
 *            a recorded call is taken off when that invocation is made again: its emitter is not, on replay. It stays on where
 *            it was still on when it was called: somebody went through `emitter.listeners(name)`.
 */
import { EventEmitter } from "node:events";
import { type Callable, callForeign, isWrappable } from "./authored.ts";
import { byName } from "./by-name.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import { invokeKept, keepFunction } from "./kept-function.ts";
import { memberOf } from "./live-values.ts";

const names =
  /(?:^|\.)(?<method>on|once|off|addListener|removeListener|prependListener|prependOnceListener)$/;

const isNamed = byName((name) => names.test(name));

const { addEventListener, removeEventListener } = EventTarget.prototype;

/** `addEventListener` and its counterpart, whatever they are called here. */
export const isTargetListening = (fn: unknown): boolean =>
  fn === addEventListener || fn === removeEventListener;

/** Is this a subscription to events, by its name? Its functions run when the event comes. */
export const isListening = (name: string, fn: unknown): boolean => isNamed(name) || isTargetListening(fn);

/** What subscribes. */
interface Subscribing {
  readonly frame: Frame;
  readonly site: { readonly name: string };
  readonly thisArg: unknown;
  readonly fn: Callable;
  readonly args: readonly unknown[];
}

/** A listener for one event only. */
interface Single {
  readonly emitter: unknown;
  readonly event: unknown;
  readonly listener: Callable;
}

/** The listeners that a function of the author's is put on as. */
interface Listeners {
  /** For every event: always the same, as emitters that know it already may not take it twice. */
  always?: Callable;
  single: readonly Single[];
}

const known = new WeakMap<Execution, WeakMap<Callable, Listeners>>();

/** By execution: a function of the module is another one in the next pass. */
function listenersOf(execution: Execution, fn: Callable): Listeners {
  const all = known.get(execution) ?? new WeakMap<Callable, Listeners>();
  known.set(execution, all);
  const found = all.get(fn) ?? { single: [] };
  all.set(fn, found);
  return found;
}

/** In a chain (`up.on(…).once(…)`) only the functions themselves tell them apart. */
function methodOf({ fn, site }: Subscribing): string {
  if (isTargetListening(fn)) return fn.name;
  return (names.exec(fn.name) ?? names.exec(site.name))?.groups?.method ?? "";
}

function isOnce(method: string, [, , options]: readonly unknown[]): boolean {
  if (method !== "addEventListener") return /once/i.test(method);
  return typeof options === "object" && options !== null && memberOf(options, "once") === true;
}

/** How an emitter takes a listener off. */
const offNames = ["removeListener", "off", "removeEventListener"];

function takeOff(emitter: unknown, event: unknown, listener: Callable): void {
  if (typeof emitter !== "object" || emitter === null) return;
  const off = offNames.map((name) => memberOf(emitter, name)).find((each) => typeof each === "function");
  if (off !== undefined) callForeign(() => Reflect.apply(off as Callable, emitter, [event, listener]));
}

/** Node's emitters take a listener for one event off before they call it; of others nobody knows. */
function isOn(emitter: unknown, event: unknown, listener: Callable): boolean {
  const { listeners } = EventEmitter.prototype;
  if (typeof emitter !== "object" || emitter === null || memberOf(emitter, "listeners") !== listeners)
    return false;
  return listeners.call(emitter as EventEmitter, event as string).includes(listener);
}

/** The arguments of a subscription, with listeners in the place of the author's functions. */
export function withListeners(call: Subscribing, key: string): unknown[] {
  const method = methodOf(call);
  return call.args.map((arg, index) => {
    if (!isWrappable(arg)) return arg;
    if (/^(?:off|remove)/.test(method)) return leaving(call, arg) ?? always(call, key, index, arg);
    return isOnce(method, call.args) ? single(call, key, index, arg) : always(call, key, index, arg);
  });
}

function always({ frame }: Subscribing, key: string, index: number, fn: Callable): Callable {
  const listeners = listenersOf(frame.execution, fn);
  listeners.always ??= listening(frame, key, index, fn);
  return listeners.always;
}

function single({ frame, thisArg, args }: Subscribing, key: string, index: number, fn: Callable): Callable {
  const [event] = args;
  const listeners = listenersOf(frame.execution, fn);
  const forget = (): void => {
    listeners.single = listeners.single.filter((each) => each.listener !== listener);
  };
  const over = (): void => {
    forget();
    takeOff(thisArg, event, listener);
  };
  const kept = keepFunction(frame, key, index, fn, { over });
  const staying = keepFunction(frame, key, index, fn, { as: "!" });
  const listener = function (this: unknown, ...given: unknown[]): unknown {
    const stays = isOn(thisArg, event, listener);
    if (!stays) forget();
    return invokeKept(frame, stays ? staying : kept, this, given);
  };
  listeners.single = [...listeners.single, { emitter: thisArg, event, listener }];
  return listener;
}

function listening(frame: Frame, key: string, index: number, fn: Callable): Callable {
  const kept = keepFunction(frame, key, index, fn);
  return function (this: unknown, ...args: unknown[]): unknown {
    return invokeKept(frame, kept, this, args);
  };
}

/** The single listener that is taken off: the latest one. */
function leaving({ frame, thisArg, args }: Subscribing, fn: Callable): Callable | undefined {
  const listeners = listenersOf(frame.execution, fn);
  const found = listeners.single.findLast(({ emitter, event }) => emitter === thisArg && event === args[0]);
  listeners.single = listeners.single.filter((each) => each !== found);
  return found?.listener;
}
