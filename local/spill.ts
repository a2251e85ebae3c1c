/**
 * Large values as files named by their content: `<data>/values/ab/cdef…`.
 *
 * Owns:      the folder `values`.
 * Never:     shows a half-written value under its name.
 * Invariant: a reference given out is on disk, and what `get` gives back has that hash.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { freshMs, type ValueBin } from "../engine/erasure.ts";
import type { Spill } from "../engine/ports.ts";
import { contentHash, valueGone } from "../engine/spilled.ts";
import { encryptedSpill } from "../functions/encryption/encrypted-ports.ts";
import { codeOf, orDiskFull } from "./disk-full.ts";
import { folderKeys } from "./encryption-key.ts";

/** Windows cannot open a folder to sync it; there the rename itself is durable. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes `text` to `path` so that after a crash at any time there is the whole of it or nothing. */
async function writeWhole(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(dirname(folder));
  const unfinished = `${path}.${randomUUID()}`;
  try {
    const handle = await open(unfinished, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** A reference is a name within `values` and nothing else: it comes out of a database that others can write. */
const isReference = (ref: string): boolean => /^[0-9a-f]{64}$/.test(ref);

/** Marks a value as put just now; false: it is not there. */
const touched = (path: string, now = new Date()): Promise<boolean> =>
  utimes(path, now, now).then(
    () => true,
    () => false,
  );

/** Takes a file away unless it is fresh. Under another name first: whoever puts the value meanwhile writes it anew. */
async function removeOld(path: string): Promise<boolean> {
  const going = `${path}.${randomUUID()}`;
  const age = async (of: string): Promise<number> => Date.now() - (await stat(of)).mtimeMs;
  try {
    if ((await age(path)) < freshMs) return false;
    await rename(path, going);
    if ((await age(going)) < freshMs) {
      await rename(going, path);
      return false;
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true;
    throw error;
  }
  await rm(going, { force: true });
  return true;
}

/** A spill in the data folder; its values are sealed where the folder has a key. */
export function fileSpill(dataFolder: string): Spill & ValueBin {
  const keys = folderKeys(dataFolder);
  const files = valueFiles(dataFolder);
  return keys === undefined ? files : encryptedSpill(files, keys);
}

function valueFiles(dataFolder: string): Spill & ValueBin {
  const pathOf = (ref: string) => join(dataFolder, "values", ref.slice(0, 2), ref.slice(2));
  return {
    async put(text) {
      const ref = contentHash(text);
      try {
        if (!(await touched(pathOf(ref)))) await writeWhole(pathOf(ref), text);
      } catch (error) {
        throw orDiskFull(error);
      }
      return ref;
    },
    remove: (ref) => (isReference(ref) ? removeOld(pathOf(ref)) : Promise.resolve(true)),
    async get(ref) {
      if (!isReference(ref)) throw valueGone(ref);
      const text = await readFile(pathOf(ref), "utf8").catch((error: unknown) => {
        throw valueGone(ref, error);
      });
      if (contentHash(text) !== ref) throw valueGone(ref);
      return text;
    },
  };
}
