/**
 * What makes a web stream of another one, or moves on one of the author's own (`web-streams.ts`): a read, a write, a pipe, an item of a loop.
 *
 * Invariant: the move is made in each pass, when the program asks for it; what the program gets is the record.
 */
import type { Callable } from "./authored.ts";
import type { Frame, Site } from "./frame.ts";
import { isOwnGenerator } from "./generators.ts";
import type { Call } from "./making.ts";
import { know } from "./promises.ts";
import { askUnit } from "./unit.ts";
import { feed, isOwnStream, isWebStreamClass, noteOwnStream } from "./web-streams.ts";

const deriving: ReadonlySet<string> = new Set(["pipeThrough", "tee", "getReader", "getWriter"]);
/** What follows from the stream by itself, and what is waited for in each pass: it may take other turns than the log's. */
const moves: ReadonlyMap<string, "follows" | "waits"> = new Map([
  ["pipeTo", "waits"],
  ["close", "waits"],
  ...["write", "abort", "read", "cancel"].map((name) => [name, "follows"] as const),
]);

/** What is done with a stream: its method of this name, if it is one of the platform's. */
function nameOf({ thisArg, fn }: Call): string | undefined {
  const { name } = fn;
  return Reflect.get(thisArg as object, name) === fn ? name : undefined;
}

/** Does the call make a stream of what is there (`blob.stream()`, `ReadableStream.from(list)`)? */
function isMakingOne({ thisArg, args, site }: Call): boolean {
  if (site.name.endsWith(".stream")) return thisArg instanceof Blob;
  if (!site.name.endsWith(".from") || typeof thisArg !== "function" || thisArg.name !== "ReadableStream")
    return false;
  return isWebStreamClass(thisArg as Callable) && (Array.isArray(args[0]) || isOwnGenerator(args[0]));
}

/** Does it make one of another one, or a reader or writer of it? Notes what is piped where. */
function isDeriving(call: Call): boolean {
  const { thisArg, args } = call;
  if (!isOwnStream(thisArg) && !isOwnStream(args[0])) return false;
  if (typeof thisArg !== "object" || thisArg === null) return false;
  const name = nameOf(call);
  if (name === "pipeThrough") feed(thisArg, (args[0] as { writable?: unknown } | undefined)?.writable);
  if (name === "pipeTo") feed(thisArg, args[0]);
  return name !== undefined && deriving.has(name) && isOwnStream(thisArg);
}

/** A call that gives such a stream, a reader or a writer: it is made at once, in each pass. Undefined: it is none. */
export function derived(call: Call, make: () => unknown): { readonly value: unknown } | undefined {
  if (!isMakingOne(call) && !isDeriving(call)) return undefined;
  const value = make();
  // What a pipe comes out of was noted with the pipe.
  const isPipe = isOwnStream(call.args[0]);
  if (!isPipe) for (const each of Array.isArray(value) ? value : [value]) noteOwnStream(each);
  return { value };
}

/** Does the call move on such streams alone? Then it is made in each pass. */
export function movesOwn(call: Call): "follows" | "waits" | undefined {
  const { thisArg, args } = call;
  if (!isOwnStream(thisArg) || call.tail.length > 0) return undefined;
  const name = nameOf(call);
  if (name === undefined || (name === "pipeTo" && !isOwnStream(args[0]))) return undefined;
  return moves.get(name);
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
