/**
 * Streams among the arguments of a recorded call: the code that opened them runs in each pass, the call that used them does not.
 *
 * Owns:      which of them write a file, when that is open again, and who listens to their errors.
 * Invariant: S1 a file that was opened for writing was emptied by that: what a recorded call had written comes back behind it.
 *            S2 an error of a stream that nobody uses any more is nobody's: it would end the process. So is one of a stream that
 *            was opened again, while the program does again what it has done before: its file may be elsewhere since.
 */
import type { EventEmitter } from "node:events";
import type { WriteStream } from "node:fs";
import { builtInModule } from "./built-in-module.ts";

type Files = typeof import("node:fs");

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function isWriting(value: unknown): value is WriteStream & { readonly flags?: string } {
  if (!isObject(value) || !("bytesWritten" in value)) return false;
  const fs = builtInModule<Files>("node:fs");
  return fs !== undefined && value instanceof fs.WriteStream;
}

const isEmitter = (value: unknown): value is EventEmitter =>
  isObject(value) && "listenerCount" in value && "on" in value && typeof value.on === "function";

/** Where it writes, if that is known by name. */
function pathOf({ path }: WriteStream): string | undefined {
  const { resolve } = builtInModule<typeof import("node:path")>("node:path") ?? {};
  return typeof path === "string" ? resolve?.(path) : undefined;
}

/** Paths of files that a call has written through a stream, to its end. */
export function writtenFiles(args: readonly unknown[]): readonly string[] {
  const written = args.filter(isWriting).filter(({ writableFinished }) => writableFinished);
  return written.map(pathOf).filter((path) => path !== undefined);
}

/** Paths of files that were emptied when the arguments were made again. */
export function emptiedFiles(args: readonly unknown[]): readonly string[] {
  const emptied = args.filter(isWriting).filter(({ flags = "w" }) => flags === "w" || flags === "w+");
  return emptied.map(pathOf).filter((path) => path !== undefined);
}

let opening: ReadonlySet<unknown> | undefined;

/** Does this function open a stream on a file? */
export function isStreaming(fn: unknown): boolean {
  // Asked of each call.
  opening ??= openingFunctions();
  return opening.has(fn);
}

function openingFunctions(): ReadonlySet<unknown> {
  const { createReadStream, createWriteStream } = builtInModule<Files>("node:fs") ?? {};
  return new Set<unknown>([createReadStream, createWriteStream]);
}

/** Nobody need listen to the errors of this stream. */
export function withoutErrors(stream: unknown): unknown {
  if (!isEmitter(stream) || heard.has(stream)) return stream;
  heard.add(stream);
  return stream.on("error", () => {});
}

const heard = new WeakSet<object>();

/** Settles when all files among the arguments are open, or cannot be; undefined: there are none. Listens to errors. */
export function openAgain(args: readonly unknown[]): Promise<unknown> | undefined {
  for (const arg of args) withoutErrors(arg);
  const opening = args.filter(isWriting).filter(({ pending, destroyed }) => pending && !destroyed);
  if (opening.length === 0) return undefined;
  return Promise.all(
    opening.map(
      (stream) =>
        new Promise((open) =>
          stream.once("open", () => open(undefined)).once("close", () => open(undefined)),
        ),
    ),
  );
}
