/**
 * Handles of files (`open` of `node:fs/promises`): opened again in each pass, though what was done with them is recorded.
 *
 * Owns:      how a file is opened again, and which writes are in it already.
 * Invariant: F1 a file that is there is neither emptied nor refused by being opened again. F2 what was appended to it is not
 *            appended twice. One that is not there, or that a record has put back, is made by the recorded calls as it was at first.
 */
import { builtInModule } from "./built-in-module.ts";

type Files = typeof import("node:fs");

interface Opened {
  /** Absolute. */
  readonly path: string;
  /** It appends, and what it has appended is there. */
  readonly hasAppended: boolean;
}

const opened = new WeakMap<object, Opened>();

let open: unknown;

const writing: ReadonlySet<string> = new Set(["write", "writev", "appendFile", "writeFile"]);

/** Is it the function that opens a file? */
export function isOpening(fn: unknown): boolean {
  // Asked of each call.
  open ??= builtInModule<Files>("node:fs")?.promises.open;
  return fn === open;
}

/** Opens a file. `isAgain`: it was opened in an earlier pass. `isPutBack`: has a record put it back in this one? */
export function openFile(
  call: (args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  isAgain: boolean,
  isPutBack: (path: string) => boolean,
): unknown {
  const path = pathOf(args[0]);
  if (path === undefined) return call(args);
  const fs = builtInModule<Files>("node:fs");
  const isThere = isAgain && fs?.existsSync(path) === true && !isPutBack(path);
  const flags = args[1] ?? "r";
  const made = call(isThere ? [args[0], flagsAgain(flags, fs), ...args.slice(2)] : args);
  const hasAppended = isThere && isAppending(flags, fs);
  const note = (handle: unknown): void => void opened.set(handle as object, { path, hasAppended });
  (made as Promise<unknown>).then(note, () => {});
  return made;
}

function pathOf(path: unknown): string | undefined {
  const { resolve } = builtInModule<typeof import("node:path")>("node:path") ?? {};
  if (typeof path === "string") return resolve?.(path);
  if (!(path instanceof URL)) return undefined;
  return builtInModule<typeof import("node:url")>("node:url")?.fileURLToPath(path);
}

/** The same way to use it, without creating it anew. */
function flagsAgain(flags: unknown, fs: Files | undefined): unknown {
  if (typeof flags === "number" && fs !== undefined)
    return flags & ~(fs.constants.O_TRUNC | fs.constants.O_EXCL);
  if (typeof flags !== "string") return flags;
  return flags.startsWith("w") ? "r+" : flags.replace("x", "");
}

const isAppending = (flags: unknown, fs: Files | undefined): boolean =>
  typeof flags === "number"
    ? (flags & (fs?.constants.O_APPEND ?? 0)) !== 0
    : typeof flags === "string" && flags.startsWith("a");

/** Is it the handle of a file? */
export const isOpenFile = (value: object): boolean => opened.has(value);

/** Does this call of a handle write? */
export const isWriting = (handle: object, method: string): boolean =>
  writing.has(method) && opened.has(handle);

/** Is what this call of a handle has written in the file already? */
export const isInFile = (handle: object, method: string): boolean =>
  writing.has(method) && opened.get(handle)?.hasAppended === true;

/** The file of a handle, as arguments name files; none for what is no such handle. */
export function fileOf(handle: object | undefined): readonly string[] {
  const path = handle === undefined ? undefined : opened.get(handle)?.path;
  return path === undefined ? [] : [path];
}
