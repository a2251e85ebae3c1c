/**
 * Web streams that are made of an object of a class of the author's: `new WritableStream(new Sink())`.
 */
import { authored, bindAuthored, isWrappable } from "./authored.ts";
import { isWebStreamClass } from "./web-streams.ts";

/** https://streams.spec.whatwg.org: what such a stream reads of the object that it is given. */
const parts = "start pull cancel write close abort transform flush type autoAllocateChunkSize".split(" ");

/** An object of a class of the author's that a stream is made of, as what the stream reads of it. Undefined: it is none. */
export function sourceOf(target: unknown, given: unknown): [string, unknown][] | undefined {
  if (!isWebStreamClass(target) || authored(Object(given).constructor) === null) return undefined;
  return parts.flatMap((name) => {
    const part: unknown = Object(given)[name];
    if (part === undefined) return [];
    return [[name, isWrappable(part) ? bindAuthored(part, [given]) : part]];
  });
}
