/**
 * What `holdfast doctor` looks at in a data folder that has been used: disk, database, overdue runs, clock.
 *
 * Never: writes; it looks at a database that a server may be writing to.
 */

import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { HoldfastError } from "../engine/errors.ts";
import { damageOf } from "./backup.ts";
import { databasePath, logsPath } from "./data-folder.ts";
import { type Database, openSqlite } from "./sqlite.ts";

/** Less room than this, and a busy server may fill the disk before somebody sees it. */
const leastFreeMb = 500;
/** A run that nobody holds is rung within a second of its time: a minute is no hurry any more. */
const overdueMs = 60_000;
/** Clocks that are set by the network move back by less. */
const skewMs = 5_000;

const worry = (what: string, fix: string): HoldfastError => new HoldfastError("HF414", what, fix);

const ago = (ms: number): string =>
  ms < 120_000
    ? `${Math.round(ms / 1_000)} s`
    : ms < 7_200_000
      ? `${Math.round(ms / 60_000)} min`
      : `${Math.round(ms / 3_600_000)} h`;

/** How much room the disk of the folder has. */
export async function diskRoom(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const freeMb = Math.floor((bavail * bsize) / 1_048_576);
  if (freeMb >= leastFreeMb) return `${freeMb} MB are free`;
  throw worry(
    `Only ${freeMb} MB are free.`,
    `Make room on the disk of ${folder}, or keep ended runs for fewer days (HOLDFAST_KEEP_DAYS).`,
  );
}

function withDatabase<T>(folder: string, look: (db: Database) => T): T {
  const db = openSqlite(databasePath(folder), { readonly: true, timeout: 2_000 });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** SQLite's own check of both files. */
export function wholeDatabase(folder: string): string {
  for (const path of [databasePath(folder), logsPath(folder)]) {
    const damage = existsSync(path) ? damageOf(path) : undefined;
    if (damage === undefined) continue;
    const fix =
      "Stop the server, copy the folder as it is, and restore the last backup: holdfast restore <folder>.";
    throw worry(`${path} is damaged: ${damage}.`, fix);
  }
  return existsSync(databasePath(folder)) ? "whole" : "not made yet";
}

/** Runs whose time has passed and that nobody works on. Without a server that is as it should be. */
export function overdueRuns(folder: string, isServed: boolean, now: number): string {
  if (!existsSync(databasePath(folder))) return "no runs yet";
  const [count, first] = withDatabase(folder, (db) => {
    const found = db
      .prepare<[number], { readonly count: number; readonly first: number | null }>(
        "select count(*) as count, min(wake_at) as first from runs where owner is null and wake_at <= ?",
      )
      .get(now - overdueMs);
    return [found?.count ?? 0, found?.first ?? now] as const;
  });
  if (count === 0) return "none";
  const what = `${count} run(s) are overdue, the longest for ${ago(now - first)}`;
  if (!isServed) return `${what}: they go on when a server is started`;
  const fix =
    "Look at its output for errors, and at holdfast runs list --status QUEUED; a queue may be paused. Then start it again.";
  throw worry(`${what}, although a server is at work.`, fix);
}

/** Does anything in the database lie in the future? */
export function clockIsSet(folder: string, now: number): string {
  if (!existsSync(databasePath(folder))) return new Date(now).toISOString();
  const newest = withDatabase(folder, (db) =>
    db.prepare<[], number | null>("select max(created_at) from runs").pluck().get(),
  );
  const ahead = (newest ?? 0) - now;
  if (ahead <= skewMs) return new Date(now).toISOString();
  throw worry(
    `The newest run was created ${ago(ahead)} from now: this machine's clock was set back.`,
    "Set the clock by the network (NTP). Until it has caught up, waits and schedules come later by as much.",
  );
}
