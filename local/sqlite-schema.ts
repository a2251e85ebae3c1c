/**
 * Opens the database file: checks the engine, sets what durability needs, and makes or checks the tables.
 *
 * Owns:      the tables and their version (`user_version`), the connection's settings.
 * Never:     opens on an engine that can lose committed writes, or on tables of a newer Holdfast.
 * Invariant: a connection given out here is in WAL mode with `synchronous = FULL`.
 */

import { resolve } from "node:path";
import { HoldfastError } from "../engine/errors.ts";
import { refsIn } from "../engine/spilled.ts";
import { type Database, openSqlite } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

/** The version of the tables that this Holdfast writes. */
const schemaVersion = 4;

/** The first SQLite without the WAL-reset bug, through which several writing processes could lose commits. */
const oldestEngine = [3, 51, 3] as const;

/** Queues with a limit: `pool` is set as long as a run is not finished, so slots are counted within open runs only. */
const pools = `
  create table queues (name text primary key, slots integer not null) without rowid;
  create index runs_held on runs (pool) where pool is not null and owner is not null;
  create index runs_in_turn on runs (pool, turn, place) where pool is not null and turn is not null;
`;

/** Who refers to which large value: filled by the store (`sqlite-erasure.ts`). */
const spilled = `
  create table spilled (run_id text not null, ref text not null, primary key (run_id, ref)) without rowid;
  create index spilled_by_value on spilled (ref);
`;

/** Notes the references of the rows that are there already. */
function noteSpilled(db: Database): void {
  const texts = db.prepare<[], { id: string; text: string }>(`
    select id, head as text from runs union all select run_id, data from journal union all select run_id, data from inbox`);
  const found = new Map<string, { readonly id: string; readonly ref: string }>();
  for (const { id, text } of texts.all())
    for (const ref of refsIn(text)) found.set(`${id} ${ref}`, { id, ref });
  const note = db.prepare("insert into spilled (run_id, ref) values (?, ?)");
  for (const { id, ref } of found.values()) note.run(id, ref);
}

/** Runs of a batch are found without a look at others. */
const batches = "create index runs_by_batch on runs (batch, created_at) where batch is not null;";

/** From each version of the tables to the next one. */
const changes: readonly ((db: Database) => void)[] = [
  () => {},
  (db) =>
    db.exec(
      `alter table runs add column pool text; alter table runs add column turn text; alter table runs add column place integer;
       ${pools}`,
    ),
  (db) => {
    db.exec(spilled);
    noteSpilled(db);
  },
  (db) =>
    db.exec(
      `alter table runs add column batch text;
       update runs set batch = head ->> '$.batchId' where head ->> '$.batchId' is not null;
       ${batches}`,
    ),
];

/**
 * `head` is the run as JSON text; the columns beside it are copies to search by. WITHOUT ROWID: each of these is
 * found by its key only, so a second tree would be a second page to write. Times carry no STRICT type since a
 * computed `wake_at` may have a fraction.
 */
const tables = `
  create table runs (
    id text primary key,
    task text not null,
    status text not null,
    created_at integer not null,
    epoch integer not null,
    owner text,
    lease_until integer,
    wake_at integer,
    pool text,
    turn text,
    place integer,
    batch text,
    head text not null
  ) without rowid;
  create index runs_by_creation on runs (created_at);
  create index runs_by_status on runs (status, created_at);
  create index runs_to_wake on runs (wake_at) where owner is null and wake_at is not null;
  create index runs_to_wake_by_clock on runs (lease_until, wake_at) where lease_until is not null and wake_at is not null;
  ${pools}
  ${batches}
  create table payloads (run_id text primary key, text text not null) without rowid;
  create table journal (
    run_id text not null,
    number integer not null,
    epoch integer not null,
    data text not null,
    primary key (run_id, number)
  ) without rowid;
  create table inbox (
    run_id text not null,
    id text not null,
    place integer not null,
    data text not null,
    primary key (run_id, id)
  ) without rowid;
  create table idempotency (key text primary key, run_id text not null, expires_at integer not null) without rowid;
  create index idempotency_by_end on idempotency (expires_at);
  ${spilled}
`;

/** Refuses an SQLite engine that is too old (HF404). */
export function checkEngine(version: string): void {
  const parts = version.split(".").map(Number);
  const different = oldestEngine.findIndex((part, place) => part !== parts[place]);
  if (different === -1 || (parts[different] ?? 0) > (oldestEngine[different] ?? 0)) return;
  throw new HoldfastError(
    "HF404",
    `This SQLite is ${version}; Holdfast needs ${oldestEngine.join(".")} or newer.`,
    `Reinstall the dependencies with the lock file ("npm ci"), so that better-sqlite3 12.11.1 comes with its own engine.`,
  );
}

/** The version of the tables in a database. */
export const tablesOf = (db: Database): number => Number(db.prepare("pragma user_version").pluck().get());

function checkTables(db: Database): void {
  const version = tablesOf(db);
  if (version === schemaVersion) return;
  if (version > schemaVersion) {
    throw new HoldfastError(
      "HF409",
      `The database ${db.name} was written by a newer Holdfast (tables ${version}, this one knows ${schemaVersion}).`,
      `Update holdfast in package.json, or give another folder with "--data".`,
    );
  }
  if (version === 0) db.exec(tables);
  else for (const change of changes.slice(version)) change(db);
  db.exec(`pragma user_version = ${schemaVersion}`);
}

function prepare(db: Database): void {
  checkEngine(String(db.prepare("select sqlite_version()").pluck().get()));
  // FULL has to be said: better-sqlite3 is built with NORMAL for WAL, which loses commits at a power cut.
  for (const setting of [
    "journal_mode = wal",
    "synchronous = full",
    "fullfsync = 1",
    "checkpoint_fullfsync = 1",
  ]) {
    patiently(() => db.exec(`pragma ${setting}`));
  }
  // Two processes may open a new file at once: the version is read under the write lock.
  patiently(() => db.transaction(checkTables).immediate(db));
}

/** Opens the database at `path`, making it if it is not there. Its folder must be. */
export function openDatabase(path: string): Database {
  let db: Database | undefined;
  try {
    // No busy handler: SQLite's own starves one of several writers for seconds (docs/decisions/0002-sqlite.md).
    db = openSqlite(resolve(path), { timeout: 0 });
    prepare(db);
    return db;
  } catch (cause) {
    db?.close();
    if (cause instanceof HoldfastError) throw cause;
    throw new HoldfastError(
      "HF409",
      `The database ${resolve(path)} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`,
      `Check that the folder exists and may be written, that the disk is local and not full, and that the file is Holdfast's.`,
      { cause },
    );
  }
}
