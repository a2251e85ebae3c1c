/**
 * Promises that stand for events which fill the author's variables:
 * `await new Promise((done) => { stream.on("data", (c) => chunks.push(c)); stream.on("end", done); })`.
 * Their value is in the log, what they collected is not: on replay the record waits until the events have come again.
 *
 * Owns:      which emitters have such listeners, which promises were made around them, and how long they are waited for.
 */
import { once } from "node:events";
import { finished } from "node:stream/promises";
import type { Ask } from "./ask.ts";
import { authored } from "./authored.ts";
import type { PassContext } from "./pass-context.ts";
import type { ResultRecord } from "./record.ts";

const emitters = new WeakSet<object>();
const promises = new WeakSet<object>();
let noted = 0;

/** A subscription: does it fill variables, or stand beside one that does? */
export function noteListener(emitter: unknown, args: readonly unknown[]): void {
  if (typeof emitter !== "object" || emitter === null) return;
  if (args.some((arg) => authored(arg)?.writes === true)) emitters.add(emitter);
  if (isFilling(emitter)) noted += 1;
}

/** A timer: the promise around it stands for what its function fills. */
export function noteTimer(args: readonly unknown[]): void {
  if (args.some((arg) => authored(arg)?.writes === true)) noted += 1;
}

/** A call is given functions that fill variables: the promise around it stands for what they fill. */
export function noteCallbacks(functions: readonly unknown[]): void {
  if (functions.some((fn) => authored(fn)?.writes === true)) noted += 1;
}

/** Has the emitter such listeners, or one of its parts: `child.stdout` of the `child` that is waited for? */
function isFilling(emitter: object): boolean {
  if (emitters.has(emitter)) return true;
  try {
    return Object.values(emitter).some(
      (part) => typeof part === "object" && part !== null && emitters.has(part),
    );
  } catch {
    return false;
  }
}

/** Node's own ways to wait for an event, where the events before it fill variables: waited for in each pass. */
export function waitsForFilling(fn: unknown, [emitter]: readonly unknown[]): boolean {
  return (
    (fn === once || fn === finished) && typeof emitter === "object" && emitter !== null && isFilling(emitter)
  );
}

/** Makes a promise, and notes whether its executor subscribed to such events. */
export function makePromise(make: () => object): object {
  const before = noted;
  const promise = make();
  if (noted > before) promises.add(promise);
  return promise;
}

/** What follows a promise stands for what it stands for. */
export function noteFollowing(before: object, after: object): void {
  if (promises.has(before)) promises.add(after);
}

/** Does this promise stand for events that fill variables? */
export const isCollecting = (value: object): boolean => promises.has(value);

/** Events that come again may be later than they were by this. */
const graceMs = 5_000;

/**
 * Waits until the events of a recorded promise have come again, twice as long as they took: some follow from calls that
 * are not made again, and a run must not wait for them for ever.
 */
export function comeAgain(
  context: PassContext,
  { options, frame }: Ask,
  { t, started = t }: ResultRecord,
  over: () => void,
): void {
  const { name, at } = options.place;
  const stop = context.ports.clock.after(2 * (t - started) + graceMs, () => {
    if (frame.execution.stopped) return;
    context.print("warn", [
      `HF303 ${name} at ${at}: its events did not come again, and what they filled is lost`,
    ]);
    over();
  });
  const come = (): void => {
    stop();
    over();
  };
  options.again?.then(come, come);
}
