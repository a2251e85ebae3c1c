/**
 * A copy of a data folder while it is in use, and the way back.
 *
 * Owns:      which parts of a data folder are copied, and in which order.
 * Never:     writes into a data folder that has a database, or that somebody uses; shows half a backup under its name.
 * Invariant: whatever the copied database refers to is in the copy. Large values, code and secrets are there before
 *            somebody refers to them, and go only when nobody does: copied before the database and once more behind it,
 *            those that came and those that went meanwhile are both caught.
 */

import { randomUUID } from "node:crypto";
import { existsSync, lstatSync } from "node:fs";
import { cp, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { HoldfastError } from "../engine/errors.ts";
import { databasePath, logsPath, prepareDataFolder } from "./data-folder.ts";
import { keyFile } from "./encryption-key.ts";
import { lockFolder } from "./lock.ts";
import { openSqlite } from "./sqlite.ts";
import { tablesOf } from "./sqlite-schema.ts";

/** What is copied as it is. Locks and runners belong to processes, and stay. */
const parts = [
  "values",
  "bundles",
  "manifests",
  "secrets",
  "keys.json",
  keyFile,
  "api-keys.json",
  "api-keys-used.json",
] as const;

const noteName = "backup.json";
const note = z.object({ backup: z.literal(1), madeAt: z.string(), tables: z.number() });

/** What is known of a backup. */
export type BackupNote = z.infer<typeof note>;

/** HF413: a backup that cannot be made, or used. */
const refusal = (what: string, fix: string, cause?: unknown): HoldfastError =>
  new HoldfastError("HF413", what, fix, { cause });

async function copyParts(from: string, to: string): Promise<void> {
  for (const part of parts) {
    const source = join(from, part);
    // What goes while it is copied was needed by nobody: a bundle of old code, a value of a run that was erased.
    if (existsSync(source)) await copied(source, join(to, part));
  }
}

/** A link that is there already points to where it should: to the project's packages. */
const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

async function copied(source: string, target: string): Promise<void> {
  const filter = (_: string, copy: string): boolean => !isLink(copy);
  for (let tries = 5; ; tries -= 1) {
    try {
      return await cp(source, target, { recursive: true, force: true, verbatimSymlinks: true, filter });
    } catch (error) {
      if (tries <= 1 || (error as { code?: unknown }).code !== "ENOENT") throw error;
    }
  }
}

/** A state of one moment, whoever writes meanwhile. */
async function copyDatabase(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  const db = openSqlite(from, { readonly: true });
  try {
    db.prepare("vacuum into ?").run(to);
  } finally {
    db.close();
  }
  const handle = await open(to, "r+");
  await handle.sync();
  await handle.close();
}

function tablesIn(path: string): number {
  const db = openSqlite(path, { readonly: true });
  try {
    return tablesOf(db);
  } finally {
    db.close();
  }
}

/**
 * Copies the data folder to a new folder `target`, also while a server works on it.
 * @throws HoldfastError HF413
 */
export async function makeBackup(dataDir: string, target: string, now: Date): Promise<BackupNote> {
  const [from, to] = [resolve(dataDir), resolve(target)];
  if (!existsSync(databasePath(from))) {
    throw refusal(
      `${from} is no data folder: it has no database.`,
      `Name the folder of the server with "--data".`,
    );
  }
  if (existsSync(to))
    throw refusal(`${to} is there already.`, "Name a folder that is not there: it is made.");
  const unfinished = `${to}.${randomUUID()}`;
  try {
    await mkdir(dirname(to), { recursive: true });
    await mkdir(unfinished, { mode: 0o700 });
    await copyParts(from, unfinished);
    await copyDatabase(logsPath(from), logsPath(unfinished));
    await copyDatabase(databasePath(from), databasePath(unfinished));
    await copyParts(from, unfinished);
    const made: BackupNote = {
      backup: 1,
      madeAt: now.toISOString(),
      tables: tablesIn(databasePath(unfinished)),
    };
    await writeFile(join(unfinished, noteName), `${JSON.stringify(made)}\n`);
    await rename(unfinished, to);
    return made;
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal(
      `The backup ${to} could not be made: ${why}`,
      "Name a folder on a disk with room, that this user may write.",
      cause,
    );
  }
}

async function noteOf(backup: string): Promise<BackupNote> {
  try {
    return note.parse(JSON.parse(await readFile(join(backup, noteName), "utf8")));
  } catch (cause) {
    throw refusal(`${backup} is no backup.`, `Name a folder that "holdfast backup" has made.`, cause);
  }
}

/** SQLite's check of every page, index and row; undefined: all is well. */
export function damageOf(path: string): string | undefined {
  const db = openSqlite(path, { readonly: true });
  try {
    const found = db.prepare<[], { readonly integrity_check: string }>("pragma integrity_check(3)").all();
    const lines = found.map((row) => row.integrity_check);
    return lines.length === 1 && lines[0] === "ok" ? undefined : lines.join("; ");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    db.close();
  }
}

/**
 * Puts a backup into a data folder that has no database yet.
 * @throws HoldfastError HF401 when somebody uses the folder, HF409, HF413
 */
export async function restoreBackup(backup: string, dataDir: string): Promise<BackupNote> {
  const from = resolve(backup);
  const made = await noteOf(from);
  const damage = damageOf(databasePath(from));
  if (damage !== undefined)
    throw refusal(`The database in ${from} is damaged: ${damage}`, "Take an older backup.");
  const to = await prepareDataFolder(dataDir);
  const lock = lockFolder(to);
  try {
    if (existsSync(databasePath(to))) {
      const fix = `Move the folder away, or name another one with "--data": a restore never writes over runs.`;
      throw refusal(`${to} has a database already.`, fix);
    }
    await copyParts(from, to);
    await copyDatabase(logsPath(from), logsPath(to));
    // The database last, and under its name as a whole: a restore that was cut off can be done again.
    const unfinished = `${databasePath(to)}.${randomUUID()}`;
    await copyDatabase(databasePath(from), unfinished);
    await rename(unfinished, databasePath(to));
    return made;
  } finally {
    lock.release();
  }
}
