/**
 * Schedules as rows of the project's database: one each, with the next time in it.
 *
 * Owns:      the table `schedules`, over a connection of its own: the supervisor alone writes it, a few times an hour.
 * Invariant: a row changes only from one revision to the next, and is on disk when `put` resolves.
 */
import { type Schedule, type Schedules, scheduleText } from "../engine/schedules.ts";
import { groupCommit, patiently } from "./sqlite-commit.ts";
import { openDatabase } from "./sqlite-schema.ts";

const table = `
  create table if not exists schedules (id text primary key, revision integer not null, data text not null) without rowid;
`;

interface Row {
  readonly revision: number;
  readonly data: string;
}

/** The schedules in the database at `path`. */
export function openSqliteSchedules(path: string): Schedules & { close(): void } {
  const db = openDatabase(path);
  patiently(() => db.exec(table));
  const { read, write, flush } = groupCommit(db, () => {});
  const all = db.prepare<[], string>("select data from schedules order by id").pluck();
  const one = db.prepare<[string], Row>("select revision, data from schedules where id = ?");
  const put = db.prepare("insert or replace into schedules (id, revision, data) values (?, ?, ?)");

  function putIfNext(schedule: Schedule): boolean {
    const { id, revision } = schedule;
    const data = scheduleText(schedule);
    const there = one.get(id);
    if (there?.data === data) return true;
    if ((there?.revision ?? 0) !== revision - 1) return false;
    put.run(id, revision, data);
    return true;
  }

  return {
    all: () => read(() => all.all().map((data) => JSON.parse(data) as Schedule)),
    put: (schedule) => write(() => putIfNext(schedule)),
    close() {
      flush();
      db.close();
    },
  };
}
