/**
 * Promises that stand for events which fill the author's variables:
 * `await new Promise((done) => { stream.on("data", (c) => chunks.push(c)); stream.on("end", done); })`.
 * Their value is in the log, what they collected is not: on replay the record waits until the events have come again.
 *
 * Owns:      which emitters have such listeners, and which promises were made around them.
 */
import { authored } from "./authored.ts";

const emitters = new WeakSet<object>();
const promises = new WeakSet<object>();
let noted = 0;

/** A subscription: does it fill variables, or stand beside one that does? */
export function noteListener(emitter: unknown, args: readonly unknown[]): void {
  if (typeof emitter !== "object" || emitter === null) return;
  if (args.some((arg) => authored(arg)?.writes === true)) emitters.add(emitter);
  if (emitters.has(emitter)) noted += 1;
}

/** Makes a promise, and notes whether its executor subscribed to such events. */
export function makePromise(make: () => object): object {
  const before = noted;
  const promise = make();
  if (noted > before) promises.add(promise);
  return promise;
}

/** Does this promise stand for events that fill variables? */
export const isCollecting = (value: object): boolean => promises.has(value);
