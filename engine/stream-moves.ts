/**
 * What makes a web stream of another one, or moves on one of the author's own (`web-streams.ts`): a read, a write, a pipe, an item of a loop.
 *
 * Invariant: the move is made in each pass, when the program asks for it; what the program gets is the record.
 */
import type { Frame, Site } from "./frame.ts";
import { isOwnGenerator } from "./generators.ts";
import type { Call } from "./making.ts";
import { know } from "./promises.ts";
import { askUnit } from "./unit.ts";
import { feed, isOwnStream, isWebStreamClass, noteOwnStream } from "./web-streams.ts";

/** What gives a stream, a reader or a writer, at once. */
const deriving = /^(?:pipeThrough|tee|getReader|getWriter)$/;
/** What follows from the stream by itself, and what is waited for in each pass: it may take other turns than the log's. */
const following = /^(?:write|abort|read|cancel)$/;
const waiting = /^(?:pipeTo|close)$/;

/** Does the call make a stream of what is there (`blob.stream()`, `ReadableStream.from(list)`)? */
function isMakingOne({ thisArg, args: [given], site: { name } }: Call): boolean {
  if (name.includes(".stream")) return thisArg instanceof Blob;
  return (
    name.includes("Stream.from") &&
    isWebStreamClass(thisArg) &&
    (Array.isArray(given) || isOwnGenerator(given))
  );
}

/** A call that gives such a stream, a reader or a writer: it is made at once, in each pass. Undefined: it is none. */
export function derived(call: Call, make: () => unknown): { readonly value: unknown } | undefined {
  const { thisArg, fn } = call;
  const [given] = call.args as [{ writable?: unknown } | undefined];
  if (isOwnStream(given)) feed(thisArg, given.writable ?? given);
  const isDeriving = isOwnStream(thisArg) && deriving.test(fn.name);
  if (!isDeriving && !isMakingOne(call)) return undefined;
  const value = make();
  for (const each of [value].flat()) noteOwnStream(each);
  return { value };
}

/** Does the call move on such streams alone? Then it is made in each pass. */
export function movesOwn({ thisArg, fn: { name }, args, tail }: Call): "follows" | "waits" | undefined {
  if (!isOwnStream(thisArg) || tail.length > 0) return undefined;
  if (following.test(name)) return "follows";
  return waiting.test(name) && (name !== "pipeTo" || isOwnStream(args[0])) ? "waits" : undefined;
}

/** Makes the move. `waits`: its record waits until it has come as far again. */
export function moveOwnStream(
  frame: Frame,
  key: string,
  { name, at }: Pick<Site, "name" | "at">,
  move: () => unknown,
  how: "follows" | "waits",
): Promise<unknown> {
  const moved = new Promise((resolve) => resolve(move()));
  const again = how === "waits" ? moved : undefined;
  return know(
    askUnit(frame, key, { sort: "await", place: { name, at }, args: [], invoke: () => moved, again }, moved),
  );
}

/** What a `for await` goes through in the place of such a stream. */
export function ownItems(loop: Frame, site: Site, iterator: AsyncIterator<unknown>): AsyncIterable<unknown> {
  noteOwnStream(iterator);
  const move = (name: "next" | "return") => (value?: unknown) => {
    const make = (): unknown => iterator[name]?.(value);
    const place = { name: `${site.name}.${name}`, at: site.at };
    return moveOwnStream(loop, loop.next(name), place, make, "follows") as Promise<IteratorResult<unknown>>;
  };
  return { [Symbol.asyncIterator]: () => ({ next: move("next"), return: move("return") }) };
}
