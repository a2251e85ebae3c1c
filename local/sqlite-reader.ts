/**
 * Reads runs and their journals out of the database file, for who may change nothing in it.
 *
 * Never:     writes, makes the file, or waits for a lock: a reader in WAL mode is in nobody's way.
 */

import { dirname } from "node:path";
import type { InboxItem, JournalEntry } from "../engine/ports.ts";
import type { Run } from "../engine/run.ts";
import { openedParts, openedRun } from "../functions/encryption/encrypted-store.ts";
import { folderKeys } from "./encryption-key.ts";
import { openSqlite } from "./sqlite.ts";
import { toRun } from "./sqlite-heads.ts";

/** What can be read of finished runs. */
export interface SqliteReader {
  read(runId: string): Run | undefined;
  /** All entries, in order. */
  journal(runId: string): readonly JournalEntry[];
  /** All inbox items, in the order in which they came. */
  inbox(runId: string): readonly InboxItem[];
}

/** Opens the file at `path` for reading. */
export function openSqliteReader(path: string): SqliteReader {
  const db = openSqlite(path, { readonly: true, fileMustExist: true });
  const head = db.prepare<[string], Parameters<typeof toRun>[0]>(
    "select head, text as payload from runs left join payloads on run_id = id where id = ?",
  );
  const entries = db.prepare<[string], JournalEntry>(
    "select number, epoch, data from journal where run_id = ? order by number",
  );
  const items = db.prepare<[string], InboxItem>("select id, data from inbox where run_id = ? order by place");
  const keys = folderKeys(dirname(path));
  const stored = (runId: string): Run | undefined => {
    const row = head.get(runId);
    return row && toRun(row);
  };
  if (keys === undefined) {
    return { inbox: (runId) => items.all(runId), read: stored, journal: (runId) => entries.all(runId) };
  }
  const opened = <T>(runId: string, rows: readonly T[], open: (run: Run) => (row: T) => T): readonly T[] => {
    const run = stored(runId);
    return run === undefined ? rows : rows.map(open(run));
  };
  return {
    inbox: (runId) => opened(runId, items.all(runId), (run) => openedParts(keys, run).item),
    read(runId) {
      const run = stored(runId);
      return run && openedRun(keys, run);
    },
    journal: (runId) => opened(runId, entries.all(runId), (run) => openedParts(keys, run).entry),
  };
}
