/**
 * Schedules as rows of the project's database: one each, with the next time in it.
 *
 * Owns:      the table `schedules`, over a connection of its own: the supervisor alone writes it.
 * Invariant: a row changes only from one revision to the next, and is on disk when `put` resolves.
 */
import { goneForMs, type LocalSchedulesStore, type Schedule, scheduleText } from "../engine/schedules.ts";
import { groupCommit, patiently } from "./sqlite-commit.ts";
import { openDatabase } from "./sqlite-schema.ts";

/** Indexes on what the text says: the columns are those of the first version. */
const table = `
  create table if not exists schedules (id text primary key, revision integer not null, data text not null) without rowid;
  create index if not exists schedules_due on schedules (data ->> '$.due', id)
    where data ->> '$.made' is not null and data ->> '$.due' is not null;
  create index if not exists schedules_declared on schedules (id) where data ->> '$.made' is null;
  create index if not exists schedules_gone on schedules (data ->> '$.made.goneAt')
    where data ->> '$.made.goneAt' is not null;
`;
/** Schedules that are read at once. */
const partSize = 500;

interface Row {
  readonly revision: number;
  readonly data: string;
}

const toSchedule = (data: string): Schedule => JSON.parse(data) as Schedule;

/** The schedules in the database at `path`. */
export function openSqliteSchedules(path: string): LocalSchedulesStore & { close(): void } {
  const db = openDatabase(path);
  patiently(() => db.exec(table));
  const { read, write, flush } = groupCommit(db);
  const texts = <P extends unknown[]>(query: string) => db.prepare<P, string>(query).pluck();
  const all = texts<[]>("select data from schedules where data ->> '$.made.goneAt' is null order by id");
  const declared = texts<[]>("select data from schedules where data ->> '$.made' is null order by id");
  const due = texts<[number, number, string, number]>(
    `select data from schedules where data ->> '$.made' is not null and data ->> '$.due' is not null
     and data ->> '$.due' <= ? and (data ->> '$.due', id) > (?, ?) order by data ->> '$.due', id limit ?`,
  );
  const one = db.prepare<[string], Row>("select revision, data from schedules where id = ?");
  const put = db.prepare("insert or replace into schedules (id, revision, data) values (?, ?, ?)");
  const sweep = db.prepare(
    "delete from schedules where data ->> '$.made.goneAt' is not null and data ->> '$.made.goneAt' < ?",
  );

  function putIfNext(schedule: Schedule): boolean {
    const { id, revision, made } = schedule;
    const data = scheduleText(schedule);
    const there = one.get(id);
    if (there?.data === data) return true;
    if ((there?.revision ?? 0) !== revision - 1) return false;
    put.run(id, revision, data);
    if (made?.goneAt !== undefined) sweep.run(made.goneAt - goneForMs);
    return true;
  }

  return {
    declared: () => read(() => declared.all().map(toSchedule)),
    all: () => read(() => all.all().map(toSchedule)),
    read: (id) =>
      read(() => {
        const row = one.get(id);
        return row && toSchedule(row.data);
      }),
    async *due(until) {
      for (let from: [number, string] = [Number.NEGATIVE_INFINITY, ""]; ; ) {
        const part = await read(() => due.all(until, ...from, partSize).map(toSchedule));
        if (part.length > 0) yield part;
        const last = part.at(-1);
        if (last?.due === undefined || part.length < partSize) return;
        from = [last.due, last.id];
      }
    },
    nextDue: () =>
      read(() => {
        const [first] = due.all(Number.MAX_SAFE_INTEGER, Number.NEGATIVE_INFINITY, "", 1);
        return first === undefined ? undefined : toSchedule(first).due;
      }),
    put: (schedule) => write(() => putIfNext(schedule)),
    close() {
      flush();
      db.close();
    },
  };
}
