/**
 * Calls that move a handle on: the next item of an async iterator, the next chunk of a reader. The handle is made again
 * on replay and stands at its beginning: before the first call that has no record, the recorded ones are gone through.
 *
 * Owns:      how far each such handle has been moved in this pass.
 * Invariant: M1 the call that was asked for as the n-th moves its handle as the n-th. M2 a handle that failed is moved no more.
 */
import { classChain } from "./codec-classes.ts";

interface Move {
  readonly make: () => unknown;
  readonly args: readonly unknown[];
}

interface Position {
  /** The calls in the order in which they were asked for. */
  readonly calls: Move[];
  made: number;
  failed: { readonly error: unknown } | undefined;
  last: Promise<unknown> | undefined;
}

const positions = new WeakMap<object, Position>();
const readers: ReadonlySet<string> = new Set([
  "ReadableStreamDefaultReader",
  "ReadableStreamBYOBReader",
  "FileHandle",
]);

/** Does a call of this method move its receiver on? */
export function isMoving(receiver: unknown, method: string): receiver is object {
  if (typeof receiver !== "object" || receiver === null) return false;
  if (method === "next" || method === "return")
    return typeof Reflect.get(receiver, Symbol.asyncIterator) === "function";
  return method === "read" && classChain(receiver).some((name) => readers.has(name));
}

/** Notes a call, and gives the way to make it: behind those that were asked for before it. */
export function movingCall(handle: object, args: readonly unknown[], make: () => unknown): () => unknown {
  const position = positions.get(handle) ?? { calls: [], made: 0, failed: undefined, last: undefined };
  positions.set(handle, position);
  const index = position.calls.push({ make, args }) - 1;
  return () => {
    if (position.made === index && position.failed === undefined) return step(position);
    const behind = (position.last ?? Promise.resolve()).then(() => catchUp(position, index));
    position.last = behind.catch(() => {});
    return behind;
  };
}

async function catchUp(position: Position, index: number): Promise<unknown> {
  while (position.made < index) {
    const restore = bytesIn(position.calls[position.made]?.args ?? []);
    await step(position);
    restore();
  }
  return step(position);
}

/** The buffers that a call was given hold what its record and the program made of them: reading again changes nothing. */
function bytesIn(args: readonly unknown[]): () => void {
  const views = args
    .flatMap((arg) => [arg, ...(typeof arg === "object" && arg !== null ? Object.values(arg) : [])])
    .filter((value): value is ArrayBufferView => ArrayBuffer.isView(value));
  const kept = views.map((view) => bytesOf(view).slice());
  return () => {
    for (const [index, view] of views.entries())
      if (view.byteLength === kept[index]?.length) bytesOf(view).set(kept[index]);
  };
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function step(position: Position): unknown {
  if (position.failed !== undefined) throw position.failed.error;
  const moved = Promise.resolve(position.calls[position.made++]?.make());
  moved.catch((error: unknown) => {
    position.failed ??= { error };
  });
  return moved;
}

/** Is this what an iterator gives behind its last item? */
export const isLast = (step: unknown): boolean => (Object(step) as { done?: unknown }).done === true;
