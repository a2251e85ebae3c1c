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
import type { Owner } from "./kept-function.ts";

const classes: ReadonlySet<string> = new Set([
  ...["ReadableStream", "WritableStream", "TransformStream"],
  ...["TextDecoderStream", "TextEncoderStream", "CompressionStream", "DecompressionStream"],
]);

const responses: ReadonlySet<string> = new Set(["Response"]);

const own = new WeakSet<object>();
const readables = new WeakMap<object, object>();
/** Most runs have none: nothing is looked up for those. */
let hasSome = false;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Is it a class of the platform's, of one of these names? */
const isPlatforms = (target: Callable, names: ReadonlySet<string>): boolean =>
  names.has(target.name) && Reflect.get(globalThis, target.name) === target;

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
export const isWebStreamClass = (target: Callable): boolean => isPlatforms(target, classes);

/** Notes what `new` has made in a run. */
export function noteWebStream(target: Callable, made: object, [given]: readonly unknown[]): void {
  if (isPlatforms(target, responses)) {
    const isRead = isObject(given) && "getReader" in given;
    if (!isRead || own.has(given)) noteOwnStream((made as Response).body);
  }
  if (!isWebStreamClass(target)) return;
  const { readable, writable } = made as { readable?: object; writable?: object };
  for (const part of [made, readable, writable]) noteOwnStream(part);
  if (isObject(readable) && isObject(writable)) readables.set(writable, readable);
}

/** Is the function that is called kept by such a stream? Then it is the stream that calls it, whoever reads. */
export const isOfWebStream = ({ made }: Owner): boolean => isOwnStream(made);
