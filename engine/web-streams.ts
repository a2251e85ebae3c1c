/**
 * Web streams that the author's code has made, each from functions of its own or from another such stream: they reach out to nothing by
 * themselves, so they are made again in each pass, and what moves them on is done again.
 *
 * Owns:      which streams, readers and writers these are.
 * Invariant: W1 a function that such a stream calls is counted: it comes again with the stream. W2 what moves one of them on is
 *            made in each pass, recorded or not; its value is the record's.
 * Never:     moves a stream on that a library gave: `moving.ts` does.
 */
import type { Callable } from "./authored.ts";

const classes = /^(?:Readable|Writable|Transform|Text(?:De|En)coder|(?:C|Dec)ompression)Stream$/;

const own = new WeakSet<object>();
const readables = new WeakMap<object, object>();
/** Most runs have none: nothing is looked up for those. */
let hasSome = false;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** From now on it is one of them. */
export function noteOwnStream(stream: unknown): void {
  if (!isObject(stream)) return;
  hasSome = true;
  own.add(stream);
}

/** What is piped to a transform's writable side comes out of the readable one. */
export function feed(source: unknown, target: unknown): void {
  const readable = isObject(target) ? readables.get(target) : undefined;
  if (readable === undefined) return;
  if (isOwnStream(source)) own.add(readable);
  else own.delete(readable);
}

/** Is it such a stream, a reader or a writer of one? */
export const isOwnStream = (value: unknown): value is object => hasSome && isObject(value) && own.has(value);

/** Is it one of the platform's classes of streams? */
export const isWebStreamClass = (target: unknown): target is Callable =>
  typeof target === "function" &&
  classes.test(target.name) &&
  Reflect.get(globalThis, target.name) === target;

/** Notes what `new` has made in a run. */
export function noteWebStream(target: Callable, made: object): void {
  if (!isWebStreamClass(target)) return;
  const { readable, writable } = made as { readable?: object; writable?: object };
  for (const part of [made, readable, writable]) noteOwnStream(part);
  if (readable && writable) readables.set(writable, readable);
}
