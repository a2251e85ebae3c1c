/**
 * The lines that runs log, in a database file of their own beside the project's.
 *
 * A file of its own, so that lines never wait for the journal's writer nor the journal for them, and no line costs an
 * fsync: a process that is killed loses the lines of its last tenth of a second, a power cut some more.
 *
 * Owns:      `logs.db`, and how many lines of a run are kept.
 * Never:     throws out of `add` or `flush`: what cannot be written is told once, and the run goes on.
 *            Shows what a run has logged to who has the file alone, where the folder has a key: each line is sealed, at its
 *            run and number.
 * Invariant: a run keeps its first 1,000 lines; the next one says that the rest is not kept.
 */

import type { KeptLine, LogLine, RunLogs } from "../engine/run-logs.ts";
import { isEncrypted } from "../engine/sealed-text.ts";
import type { KeyRing } from "../functions/encryption/key-ring.ts";
import { type Database, openSqlite } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

/** Lines of a run that are kept. */
export const linesMost = 1_000;
/** How long a line may wait in memory to be written together with others. */
const gatherMs = 100;
/** How long another runner's lines may be in the way. Then these wait for the next turn. */
const patienceMs = 20;

const table = `
  create table if not exists lines (
    run_id text not null,
    number integer not null,
    attempt integer not null,
    data text not null,
    primary key (run_id, number)
  ) without rowid;
`;

/** The lines of a data folder. */
export interface SqliteLogs extends RunLogs {
  add(runId: string, line: LogLine): void;
  /** Takes the lines of a run away. What cannot be is told, and left. */
  erase(runId: string): void;
  /** Writes what is waiting, without waiting for the disk. */
  flush(): void;
  close(): void;
}

type Row = Omit<LogLine, "attempt">;

/** What of a key ring lines need. */
type LineKeys = Pick<KeyRing, "seal" | "open">;

const placeOf = (runId: string, number: number): string => `${runId} line ${number}`;

function open(path: string, wipes: boolean): Database {
  const db = openSqlite(path, { timeout: patienceMs });
  // Runners open the file at the same moment.
  for (const setting of ["journal_mode = wal", "synchronous = normal"])
    patiently(() => db.exec(`pragma ${setting}`));
  if (wipes) db.exec("pragma secure_delete = on");
  patiently(() => db.exec(table));
  return db;
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where no file can be opened: runs go on without their lines. */
const noLogs: SqliteLogs = {
  add: () => {},
  erase: () => {},
  flush: () => {},
  page: async () => ({ lines: [], more: false }),
  close: () => {},
};

const full = (line: LogLine): LogLine => ({
  time: line.time,
  level: "warn",
  attempt: line.attempt,
  pass: line.pass,
  message: `This run has logged more than ${linesMost} lines: the rest is not kept.`,
});

function statements(db: Database, keys: LineKeys | undefined) {
  const last = db
    .prepare<[string], number>("select coalesce(max(number), 0) from lines where run_id = ?")
    .pluck();
  const put = db.prepare("insert into lines (run_id, number, attempt, data) values (?, ?, ?, ?)");
  const all = db.prepare<[string, number, number], { number: number; attempt: number; data: string }>(
    "select number, attempt, data from lines where run_id = ? and number > ? order by number limit ?",
  );
  const some = db.prepare<
    [string, number, number, number],
    { number: number; attempt: number; data: string }
  >(
    "select number, attempt, data from lines where run_id = ? and number > ? and attempt = ? order by number limit ?",
  );
  const write = db.transaction((waiting: ReadonlyMap<string, readonly LogLine[]>) => {
    for (const [runId, lines] of waiting) {
      let number = last.get(runId) ?? 0;
      for (const line of lines) {
        if (number > linesMost) break;
        number += 1;
        const { attempt, ...row } = number > linesMost ? full(line) : line;
        const text = JSON.stringify(row);
        put.run(runId, number, attempt, keys?.seal(placeOf(runId, number), text) ?? text);
      }
    }
  });
  const drop = db.prepare("delete from lines where run_id = ?");
  return { write: write.immediate, all, some, drop };
}

/**
 * The lines of the file at `path`, made when it is not there. `tell` gets what goes wrong, once. With `keys` each line is sealed;
 * those from before stay as they are.
 */
export function openSqliteLogs(path: string, tell: (line: string) => void, keys?: LineKeys): SqliteLogs {
  try {
    return logsIn(open(path, keys !== undefined), tell, keys);
  } catch (error) {
    tell(`Lines of runs cannot be kept in ${path}: ${why(error)}`);
    return noLogs;
  }
}

function logsIn(db: Database, tell: (line: string) => void, keys: LineKeys | undefined): SqliteLogs {
  const { write, all, some, drop } = statements(db, keys);
  const opened = (runId: string, number: number, data: string): Row =>
    JSON.parse(keys && isEncrypted(data) ? keys.open(placeOf(runId, number), data) : data) as Row;
  let waiting = new Map<string, LogLine[]>();
  let timer: NodeJS.Timeout | undefined;
  let hasTold = false;

  function flush(): void {
    if (waiting.size === 0) return;
    try {
      write(waiting);
      waiting = new Map();
    } catch (error) {
      if ((error as { code?: string }).code === "SQLITE_BUSY") return later();
      waiting = new Map();
      if (hasTold) return;
      hasTold = true;
      tell(`Lines of runs cannot be kept: ${why(error)}`);
    }
  }

  function later(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, gatherMs).unref();
  }

  return {
    add(runId, line) {
      const lines = waiting.get(runId) ?? [];
      waiting.set(runId, lines);
      // More would not be kept, and a loop that logs without end must not fill the memory.
      if (lines.length <= linesMost) lines.push(line);
      later();
    },
    erase(runId) {
      try {
        flush();
        patiently(() => drop.run(runId));
        if (keys !== undefined) db.exec("pragma wal_checkpoint(truncate)");
      } catch (error) {
        tell(`The lines of run ${runId} could not be erased: ${why(error)}`);
      }
    },
    flush,
    async page(runId, { after, limit, attempt }) {
      flush();
      const rows =
        attempt === undefined ? all.all(runId, after, limit + 1) : some.all(runId, after, attempt, limit + 1);
      const lines = rows.slice(0, limit).map(
        ({ number, attempt: which, data }): KeptLine => ({
          number,
          attempt: which,
          ...opened(runId, number, data),
        }),
      );
      return { lines, more: rows.length > limit };
    },
    close() {
      flush();
      clearTimeout(timer);
      db.close();
    },
  };
}
