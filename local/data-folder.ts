/**
 * The folder in which one machine keeps everything: where its parts are, and whether it can be used.
 *
 * Owns:      the names within the data folder.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { codeOf } from "./disk-full.ts";

/** The database file. */
export const databasePath = (dataFolder: string): string => join(dataFolder, "holdfast.db");

/** The file of the lines that runs have logged. */
export const logsPath = (dataFolder: string): string => join(dataFolder, "logs.db");

/** The folder of all runners' locks. */
export const runnersFolder = (dataFolder: string): string => join(dataFolder, "runners");

/** The folder whose lock a runner holds as long as it lives. */
export const runnerFolder = (dataFolder: string, owner: string): string =>
  join(runnersFolder(dataFolder), owner);

const reasons: Readonly<Record<string, string>> = {
  EEXIST: "it is a file",
  ENOTDIR: "a part of its path is a file",
  EACCES: "it may not be written by this user",
  EPERM: "it may not be written by this user",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
  ENOENT: "no folder can be made there",
};

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Like `mkdir` with `recursive`, which in Node 20 never comes back where the system lets nobody make a folder. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error;
  });
}

/**
 * Makes the data folder if it is not there and tries to write in it; gives its absolute path.
 * @throws HoldfastError HF409
 */
export async function prepareDataFolder(path: string): Promise<string> {
  const folder = resolve(path);
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await makeFolder(runnersFolder(folder));
    await writeFile(probe, "");
    await rm(probe);
    return folder;
  } catch (cause) {
    const why = reasons[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
    const fix = `Give a folder on a local disk that this user may write, with "--data".`;
    throw new HoldfastError("HF409", `The data folder ${folder} cannot be used: ${why}.`, fix, { cause });
  }
}
