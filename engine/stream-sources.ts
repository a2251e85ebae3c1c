/**
 * Web streams that are made of an object of a class of the author's: `new WritableStream(new Sink())`.
 */
import { authored, bindAuthored, type Callable, isWrappable } from "./authored.ts";
import { isWebStreamClass } from "./web-streams.ts";

/** https://streams.spec.whatwg.org: what such a stream reads of the object that it is given. */
const parts = [
  ...["start", "pull", "cancel", "write", "close", "abort", "transform", "flush"],
  ...["type", "autoAllocateChunkSize"],
];

/** An object of a class of the author's that a stream is made of, as what the stream reads of it. Undefined: it is none. */
export function sourceOf(target: unknown, given: unknown): [string, unknown][] | undefined {
  if (
    typeof target !== "function" ||
    typeof given !== "object" ||
    given === null ||
    !isWebStreamClass(target as Callable)
  )
    return undefined;
  const prototype: unknown = Object.getPrototypeOf(given);
  if (prototype === Object.prototype || authored(Reflect.get(given, "constructor")) === null)
    return undefined;
  return parts.flatMap((name) => {
    const part: unknown = Reflect.get(given, name);
    if (part === undefined) return [];
    return [[name, isWrappable(part) ? bindAuthored(part, [given]) : part]];
  });
}
