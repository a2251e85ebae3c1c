/**
 * Where bundles are kept: `<data>/bundles/<code version>/`, for as long as runs may be pinned to them.
 *
 * Owns:      the folder `bundles`.
 * Invariant: a bundle that is seen under its name is there as a whole.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A bundle as it is kept: what the transform made of the author's files. */
export interface BundleFiles {
  readonly codeVersion: string;
  /** File name to text: `bundle.mjs` at least. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** The file to load for a code version; undefined for a text that cannot be one. */
export function bundlePath(dataFolder: string, codeVersion: string): string | undefined {
  // The version comes out of a database that others can write: it is a name within `bundles` and nothing else.
  if (!/^[\w-]{1,100}$/.test(codeVersion)) return undefined;
  return join(dataFolder, "bundles", codeVersion, "bundle.mjs");
}

/** Keeps a bundle. The same code version is the same bundle: one that is there stays. Gives the file to load. */
export async function keepBundle(dataFolder: string, { codeVersion, files }: BundleFiles): Promise<string> {
  const path = bundlePath(dataFolder, codeVersion);
  if (path === undefined) throw new TypeError(`"${codeVersion}" cannot be a code version.`);
  if (existsSync(path)) return path;
  const folder = join(dataFolder, "bundles", codeVersion);
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(unfinished, name), text);
  await rename(unfinished, folder).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  });
  return path;
}
