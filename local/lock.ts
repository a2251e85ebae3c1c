/**
 * One supervisor at a time for a data folder: an exclusive lock that the system frees when its holder dies.
 *
 * Owns:      `lock.db`, a database that holds nothing but the lock, and `lock.json`, which tells people who has it.
 * Never:     trusts `lock.json` for more than a message: it may be a dead holder's.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { codeOf, orDiskFull } from "./disk-full.ts";
import { type Database, openSqlite } from "./sqlite.ts";

/** The right to be the supervisor of a data folder. */
export interface FolderLock {
  /** Writes down the address at which the holder is reached. */
  announce(url: string): void;
  /** Frees the folder. */
  release(): void;
}

/** Who holds a data folder, as far as it has said so. */
export interface LockHolder {
  readonly pid: number;
  readonly url?: string;
}

/** Kept here, because a connection that nothing refers to is closed when the garbage is collected: its lock with it. */
const held = new Set<Database>();

const notePath = (dataFolder: string): string => join(dataFolder, "lock.json");

/** The last holder's note, or undefined. Its process may be gone. */
export function lockHolder(dataFolder: string): LockHolder | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(notePath(dataFolder), "utf8"));
    if (typeof note !== "object" || note === null || !("pid" in note) || typeof note.pid !== "number")
      return undefined;
    return "url" in note && typeof note.url === "string"
      ? { pid: note.pid, url: note.url }
      : { pid: note.pid };
  } catch {
    return undefined;
  }
}

function inUse(dataFolder: string, cause: unknown): HoldfastError {
  const holder = lockHolder(dataFolder);
  const who =
    holder === undefined ? "another process" : `process ${holder.pid}${holder.url ? ` (${holder.url})` : ""}`;
  const stop = holder === undefined ? "Stop it" : `Stop it ("kill ${holder.pid}")`;
  const fix = `${stop}, or give another folder with "--data".`;
  return new HoldfastError("HF401", `The data folder ${dataFolder} is in use by ${who}.`, fix, { cause });
}

/** Takes the lock of a data folder, or throws HF401. The folder must be there. */
export function lockFolder(dataFolder: string): FolderLock {
  const db = openSqlite(join(dataFolder, "lock.db"), { timeout: 0 });
  const write = (holder: LockHolder) => writeFileSync(notePath(dataFolder), JSON.stringify(holder));
  try {
    db.exec("begin exclusive");
    write({ pid: process.pid });
  } catch (error) {
    db.close();
    throw codeOf(error).startsWith("SQLITE_BUSY") ? inUse(dataFolder, error) : orDiskFull(error);
  }
  held.add(db);
  return {
    announce: (url) => write({ pid: process.pid, url }),
    release() {
      rmSync(notePath(dataFolder), { force: true });
      db.close();
      held.delete(db);
    },
  };
}
