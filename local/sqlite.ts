/**
 * SQLite as Holdfast opens it: what the library makes of compiled code stays for as long as the process lives.
 *
 * From 24.19 on Node ends the process when such an object is collected as garbage (`RemoveEnvironmentCleanupHook … (env) != nullptr`):
 * `docs/decisions/0068-natives-are-kept.md`. So nothing is made for each use: statements are prepared once, settings are made by `exec`,
 * and what is read row by row is read in portions.
 *
 * Owns:      the only import of the library.
 * Invariant: every database and every statement of it is reached from here.
 */
import Library, { type Database, type Options } from "better-sqlite3";

export type { Database, Statement } from "better-sqlite3";

const kept: object[] = [];

/** Opens the database at `path`, by the library's own options. */
export function openSqlite(path: string, options: Options = {}): Database {
  const db = new Library(path, options);
  const prepare = db.prepare.bind(db);
  db.prepare = ((source: string) => {
    const statement = prepare(source);
    kept.push(statement);
    return statement;
  }) as Database["prepare"];
  kept.push(db);
  return db;
}

/** How many databases and statements this process has made. What has been used for long makes no more. */
export const nativesMade = (): number => kept.length;
