/**
 * Methods of a stream of the author's own class that Node calls (`_write`, `_transform`): kept, as functions in a stream's options are,
 * so that what they await is recorded.
 */
import { Stream } from "node:stream";
import { isWrappable } from "./authored.ts";
import type { Frame } from "./frame.ts";
import { keeping } from "./passing.ts";

/** https://nodejs.org/api/stream.html#api-for-stream-implementers */
const methods = ["_construct", "_read", "_write", "_writev", "_transform", "_flush", "_final", "_destroy"];

/** An object of an author's class was made by the call with this key. */
export function keepMethods(frame: Frame, key: string, made: object): void {
  if (!(made instanceof Stream)) return;
  const owner = { made, isOfOwnClass: true } as const;
  for (const [index, name] of methods.entries()) {
    const fn: unknown = Reflect.get(made, name);
    if (!isWrappable(fn)) continue;
    const value = keeping(frame, key, index, fn, owner);
    Object.defineProperty(made, name, { value, configurable: true, writable: true });
  }
}
