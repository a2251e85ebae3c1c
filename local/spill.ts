/**
 * Large values as files named by their content: `<data>/values/ab/cdef…`.
 *
 * Owns:      the folder `values`.
 * Never:     shows a half-written value under its name.
 * Invariant: a reference given out is on disk, and what `get` gives back has that hash.
 */
import { randomUUID } from "node:crypto";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Spill } from "../engine/ports.ts";
import { contentHash, valueGone } from "../engine/spilled.ts";
import { orDiskFull } from "./disk-full.ts";

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

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** A spill in the data folder. */
export function fileSpill(dataFolder: string): Spill {
  const pathOf = (ref: string) => join(dataFolder, "values", ref.slice(0, 2), ref.slice(2));
  return {
    async put(text) {
      const ref = contentHash(text);
      try {
        if (!(await exists(pathOf(ref)))) await writeWhole(pathOf(ref), text);
      } catch (error) {
        throw orDiskFull(error);
      }
      return ref;
    },
    async get(ref) {
      // A reference is a name within `values` and nothing else: it comes out of a database that others can write.
      if (!/^[0-9a-f]{64}$/.test(ref)) throw valueGone(ref);
      const text = await readFile(pathOf(ref), "utf8").catch((error: unknown) => {
        throw valueGone(ref, error);
      });
      if (contentHash(text) !== ref) throw valueGone(ref);
      return text;
    },
  };
}
