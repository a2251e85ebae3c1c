/**
 * Calls that move a handle on: the next item of an async iterator, the next chunk of a reader, a write to a file. The handle is
 * made again on replay and stands at its beginning: before the first call that has no record, the recorded ones are gone through.
 *
 * Owns:      how far each such handle has been moved in this pass.
 * Invariant: M1 the call that was asked for as the n-th moves its handle as the n-th. M2 a handle that failed is moved no more.
 */
import { classChain } from "./codec-classes.ts";
import { isInFile, isOpenFile, isWriting } from "./file-handles.ts";

interface Move {
  readonly make: () => unknown;
  readonly args: readonly unknown[];
  /** What the buffers among the arguments of a write held when it was asked for. */
  readonly written: readonly Uint8Array[] | undefined;
  /** What it did is there already. */
  readonly isThere: boolean;
}

interface Position {
  /** The calls in the order in which they were asked for. */
  readonly calls: (Move | undefined)[];
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
/** Where a file stands, what is in it, and what shows either. */
const fileMethods: ReadonlySet<string> = new Set([
  ...["read", "readv", "readFile", "write", "writev", "appendFile", "writeFile", "truncate"],
  ...["stat", "sync", "datasync", "close", "asyncDispose"],
]);

/** Does a call of this method move its receiver on? */
export function isMoving(receiver: unknown, method: string): receiver is object {
  if (typeof receiver !== "object" || receiver === null) return false;
  if (method === "next" || method === "return")
    return typeof Reflect.get(receiver, Symbol.asyncIterator) === "function";
  if (fileMethods.has(method) && isOpenFile(receiver)) return true;
  return method === "read" && classChain(receiver).some((name) => readers.has(name));
}

/** Notes a call, and gives the way to make it: behind those that were asked for before it. */
export function movingCall(
  handle: object,
  method: string,
  args: readonly unknown[],
  make: () => unknown,
): () => unknown {
  const position = positions.get(handle) ?? { calls: [], made: 0, failed: undefined, last: undefined };
  positions.set(handle, position);
  const written = isWriting(handle, method) ? viewsIn(args).map((view) => bytesOf(view).slice()) : undefined;
  const index = position.calls.push({ make, args, written, isThere: isInFile(handle, method) }) - 1;
  return () => {
    if (position.made === index && position.failed === undefined) return step(position);
    const behind = (position.last ?? Promise.resolve()).then(() => catchUp(position, index));
    position.last = behind.catch(() => {});
    return behind;
  };
}

async function catchUp(position: Position, index: number): Promise<unknown> {
  while (position.made < index) {
    const call = position.calls[position.made];
    if (call?.isThere === true) {
      position.made++;
      continue;
    }
    const restore = bytesIn(call?.args ?? [], call?.written);
    await step(position);
    restore();
  }
  return step(position);
}

/**
 * The buffers that a call was given hold what its record and the program made of them: reading again changes nothing. A
 * write is given what it was given then (`before`).
 */
function bytesIn(args: readonly unknown[], before: readonly Uint8Array[] | undefined): () => void {
  const views = viewsIn(args);
  const kept = views.map((view) => bytesOf(view).slice());
  if (before !== undefined) put(views, before);
  return () => put(views, kept);
}

function put(views: readonly ArrayBufferView[], bytes: readonly Uint8Array[]): void {
  for (const [index, view] of views.entries())
    if (view.byteLength === bytes[index]?.length) bytesOf(view).set(bytes[index]);
}

const viewsIn = (args: readonly unknown[]): readonly ArrayBufferView[] =>
  args
    .flatMap((arg) => [arg, ...(typeof arg === "object" && arg !== null ? Object.values(arg) : [])])
    .filter((value): value is ArrayBufferView => ArrayBuffer.isView(value));

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function step(position: Position): unknown {
  if (position.failed !== undefined) throw position.failed.error;
  const call = position.calls[position.made];
  // Nobody makes it again in this pass: a large file's buffers go with it.
  position.calls[position.made++] = undefined;
  const moved = Promise.resolve(call?.make());
  moved.catch((error: unknown) => {
    position.failed ??= { error };
  });
  return moved;
}

/** Is this what an iterator gives behind its last item? */
export const isLast = (step: unknown): boolean => (Object(step) as { done?: unknown }).done === true;
