/**
 * Files under the temporary folder that a unit's result or arguments name (of a folder all that is in it), and those that it wrote through a stream, wherever they
 * are: they go along with its record, and are put back where another process delivers it (design 5.4).
 *
 * Owns:      which files are kept, how large one may be, and how they come back.
 * Never:     looks at a file that nobody names.
 * Invariant: what names no such file costs one search in a text, and no call of the system.
 */
import { builtInModule } from "./built-in-module.ts";
import { decode, encode } from "./codec.ts";
import { HoldfastError } from "./errors.ts";
import { writtenFiles } from "./file-streams.ts";
import { keep } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { Stored } from "./run.ts";
import type { SpilledValues } from "./spilled-values.ts";

/** A file as a record keeps it. Without `data`: a folder, one that was too large (`bytes`), or one that was removed. */
export interface KeptFile {
  readonly path: string;
  readonly is: "file" | "folder" | "tooLarge" | "removed";
  readonly bytes?: number;
  readonly mode?: number;
  /** Codec text of what it holds: a string where that is UTF-8, so that secrets in it are found, else bytes. */
  readonly data?: Stored;
}

/** For whom files are kept. */
interface Keeping {
  readonly ports: Pick<Ports, "spill">;
  /** A line of the run's log. */
  print?(level: "warn", parts: readonly unknown[]): void;
}

/** Larger files are not kept, 8 MB as bodies. */
const fileLimit = 8 * 1024 * 1024;

/** Of a folder with more in it nothing is kept but that it is there. */
const folderLimit = 500;

/** Longer texts of files lie in the spill: a result may name many. */
const inlineMax = 4 * 1024;

/** Permission bits of a file's mode, and those of a file of which they are not known. */
const permissions = 0o777;
const ownerOnly = 0o600;

type Files = typeof import("node:fs");
const files = (): Files | undefined => builtInModule<Files>("node:fs");

/** The temporary folder of each pass, with a separator at its end: to ask for it costs more than a unit does else. */
const folders = new WeakMap<object, string>();

function temporaryFolder(pass: object): string | undefined {
  const found = folders.get(pass) ?? askForFolder();
  if (found !== undefined) folders.set(pass, found);
  return found;
}

function askForFolder(): string | undefined {
  const os = builtInModule<typeof import("node:os")>("node:os");
  const path = builtInModule<typeof import("node:path")>("node:path");
  return os && path && path.resolve(os.tmpdir()) + path.sep;
}

/** The strings in a codec text that begin with the folder. */
function namedIn(text: string, folder: string): string[] {
  const start = JSON.stringify(folder).slice(0, -1);
  if (!text.includes(start)) return [];
  const named = text.split(start).slice(1);
  return named.map((rest) => JSON.parse(start + rest.slice(0, endOf(rest))) as string);
}

/** Behind the quote that ends a JSON string. */
function endOf(rest: string): number {
  for (let at = 0; at < rest.length; at++) {
    if (rest[at] === "\\") at++;
    else if (rest[at] === '"') return at + 1;
  }
  return rest.length;
}

/** What each pass has kept already, by path: so that a file that is only read is kept once. */
const known = new WeakMap<object, Map<string, string>>();

function knownIn(pass: object): Map<string, string> {
  const found = known.get(pass) ?? new Map<string, string>();
  known.set(pass, found);
  return found;
}

const isPath = (text: string): boolean => text.includes("/") || text.includes("\\");

/** The files that a result (as text) and arguments name, as they are now; undefined: none, or all kept before. */
export async function keepFiles(
  pass: Keeping,
  text: string,
  args: readonly unknown[],
): Promise<readonly KeptFile[] | undefined> {
  const strings = args.flatMap(stringsOf).filter(isPath);
  const written = writtenFiles(args);
  // Most units name no path at all: then nobody has to know where the folder is.
  if (!isPath(text) && strings.length + written.length === 0) return undefined;
  const folder = temporaryFolder(pass);
  if (folder === undefined) return undefined;
  const given = strings.filter((each) => each.startsWith(folder));
  const paths = new Set([...namedIn(text, folder), ...given, ...written]);
  const kept: KeptFile[] = [];
  for (const path of paths) await keepAll(pass, path, folder, kept);
  return kept.length === 0 ? undefined : kept;
}

/** Keeps what lies at a path, a folder with all that is in it. */
async function keepAll(pass: Keeping, path: string, folder: string, kept: KeptFile[]): Promise<void> {
  const below = await namesBelow(path, folder);
  const isLarge = below.length > folderLimit;
  if (isLarge) pass.print?.("warn", [tooMany(path, below.length)]);
  const { sep } = builtInModule<typeof import("node:path")>("node:path") ?? {};
  for (const name of ["", ...(isLarge ? [] : below)]) {
    const file = await keepFile(pass, name === "" ? path : path + sep + name);
    if (file !== undefined) kept.push(file);
  }
}

/** What is in a folder, at any depth; nothing of what is no folder, or is not within `folder`: all share that (`mkdtemp(tmpdir() + sep)`). */
async function namesBelow(path: string, folder: string): Promise<readonly string[]> {
  const { stat, readdir } = files()?.promises ?? {};
  const { resolve } = builtInModule<typeof import("node:path")>("node:path") ?? {};
  if (resolve?.(path).startsWith(folder) !== true) return [];
  const found = await stat?.(path).catch(() => undefined);
  if (readdir === undefined || found?.isDirectory() !== true) return [];
  return readdir(path, { recursive: true }).catch(() => []);
}

const tooMany = (path: string, count: number): string =>
  `HF320 ${path} holds ${count} files and folders, and a journal keeps ${folderLimit} of one folder: in another process they are gone. Make and use them within one step().`;

/** An argument that is a string, and those among its options: `tar.create({ file, cwd }, names)`. */
function stringsOf(arg: unknown): readonly string[] {
  if (typeof arg === "string") return [arg];
  if (typeof arg !== "object" || arg === null || Object.getPrototypeOf(arg) !== Object.prototype) return [];
  // A getter of the author's is not read: it may do something, or throw.
  const values = Object.values(Object.getOwnPropertyDescriptors(arg)).map(({ value }) => value as unknown);
  return values.filter((each) => typeof each === "string");
}

async function keepFile(pass: Keeping, path: string): Promise<KeptFile | undefined> {
  const before = knownIn(pass);
  const { stat, readFile } = files()?.promises ?? {};
  const found = await stat?.(path).catch(() => undefined);
  const state = found === undefined ? "removed" : `${found.size} ${found.mtimeMs} ${found.ino}`;
  // Of a file that never was there is nothing to remove.
  if (before.get(path) === state || (found === undefined && !before.has(path))) return undefined;
  before.set(path, state);
  if (found === undefined) return { path, is: "removed" };
  if (found.isDirectory()) return { path, is: "folder" };
  if (!found.isFile()) return undefined;
  const about = { path, bytes: found.size, mode: found.mode & permissions };
  if (found.size > fileLimit) return { ...about, is: "tooLarge" };
  const content = await readFile?.(path).catch(() => undefined);
  if (content === undefined) return undefined;
  return { ...about, is: "file", data: await keep(pass.ports, encode(contentOf(content)).text, inlineMax) };
}

/** What was put back in each pass: there the next record's state counts, elsewhere the file that is there. */
const restored = new WeakMap<SpilledValues, Set<string>>();

/** Was it put back in this pass, by a record that was delivered? */
export const wasPutBack = (spilled: SpilledValues, path: string): boolean =>
  restored.get(spilled)?.has(path) === true;

function isAway(path: string, spilled: SpilledValues, emptied: readonly string[]): boolean {
  if (emptied.includes(path) || wasPutBack(spilled, path)) return true;
  return files()?.existsSync(path) === false;
}

function contentOf(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new Uint8Array(bytes);
  }
}

/** Is all at hand that has to be put back? If not, it is being read from now on. `emptied`: what is there, and is empty. */
export function areLoaded(
  kept: readonly KeptFile[] | undefined,
  spilled: SpilledValues,
  emptied: readonly string[] = [],
): boolean {
  if (kept === undefined) return true;
  const missing = kept.filter(({ path, data }) => data !== undefined && isAway(path, spilled, emptied));
  return missing.filter(({ data }) => data !== undefined && !spilled.has(data)).length === 0;
}

/** Puts back what is not there, and removes what was removed. */
export function putBack(
  pass: object,
  kept: readonly KeptFile[],
  spilled: SpilledValues,
  at: string,
  emptied: readonly string[] = [],
): void {
  const own = restored.get(spilled) ?? new Set<string>();
  restored.set(spilled, own);
  for (const file of kept) {
    const { path, is, bytes } = file;
    knownIn(pass).set(path, "put back");
    if (is === "removed") files()?.rmSync(path, { recursive: true, force: true });
    else if (isAway(path, spilled, emptied)) {
      if (is === "tooLarge") throw gone(path, bytes, at);
      own.add(path);
      write(file, spilled);
    }
  }
}

function write({ path, is, mode, data }: KeptFile, spilled: SpilledValues): void {
  const { dirname } = builtInModule<typeof import("node:path")>("node:path") ?? {};
  const fs = files();
  if (fs === undefined || dirname === undefined) return;
  fs.mkdirSync(is === "folder" ? path : dirname(path), { recursive: true });
  if (data === undefined) return;
  const content = decode(spilled.textOf(data)) as string | Uint8Array;
  fs.writeFileSync(path, content, { mode: mode ?? ownerOnly });
}

function gone(path: string, bytes = 0, at: string): HoldfastError {
  return new HoldfastError(
    "HF320",
    `${path}, which ${at} gave, lay in another process, and its ${bytes} bytes are more than a journal keeps.`,
    "Put large files into a bucket, or make and use them within one `step`.",
  );
}
