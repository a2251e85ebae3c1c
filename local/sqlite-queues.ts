/**
 * What is said of queues, in SQLite: `queues` has the code's limits, `queue_settings` each queue that some code has told of,
 * and what people say of it.
 *
 * Invariant: called within the transaction of the change that it belongs to.
 */
import type { Database } from "better-sqlite3";
import {
  adjusted,
  limitIn,
  type QueueChange,
  type QueueSettings,
  type QueueState,
} from "../engine/queues.ts";
import { patiently } from "./sqlite-commit.ts";

const settingsTable = `
  create table if not exists queue_settings (
    name text primary key, override integer, overridden_at integer, paused integer not null default 0
  ) without rowid;
`;

interface Row {
  readonly slots: number | null;
  readonly override: number | null;
  readonly overridden_at: number | null;
  readonly paused: number;
}

/** The rows of queues. */
export function queueRows(db: Database) {
  patiently(() => db.exec(settingsTable));
  const limitOf = db
    .prepare<[{ queue: string }], number | null>(
      `select case when paused then 0 else coalesce(override, slots) end
       from (select @queue as name) left join queues using (name) left join queue_settings using (name)`,
    )
    .pluck();
  const settingsOf = db.prepare<[string], Row>(
    "select slots, override, overridden_at, paused from queue_settings left join queues using (name) where name = ?",
  );
  const know = db.prepare("insert or ignore into queue_settings (name) values (?)");
  const put = db.prepare("insert or replace into queues (name, slots) values (?, ?)");
  const drop = db.prepare("delete from queues where name = ?");
  const set = db.prepare(
    "update queue_settings set override = ?, overridden_at = ?, paused = ? where name = ?",
  );
  const names = db.prepare<[], string>("select name from queue_settings order by name").pluck();
  const count = db.prepare<[{ queue: string }], { readonly running: number; readonly queued: number }>(
    `select count(owner) as running, count(turn) as queued from runs
     where pool = @queue or (pool > @queue || char(10) and pool < @queue || char(11))`,
  );

  function settings(queue: string): QueueSettings | undefined {
    const row = settingsOf.get(queue);
    return row === undefined ? undefined : toSettings(row);
  }

  return {
    limitOf: (queue: string): number | undefined => limitOf.get({ queue }) ?? undefined,
    setBase(queue: string, limit: number | undefined): void {
      know.run(queue);
      if (limit === undefined) drop.run(queue);
      else put.run(queue, limit);
    },
    /** False: no code has told of this queue. */
    adjust(queue: string, change: QueueChange, now: number): boolean {
      const before = settings(queue);
      if (before === undefined) return false;
      const { override, overriddenAt, isPaused } = adjusted(before, change, now);
      set.run(override ?? null, overriddenAt ?? null, isPaused ? 1 : 0, queue);
      return true;
    },
    state(name: string): QueueState | undefined {
      const found = settings(name);
      if (found === undefined) return undefined;
      const counts = limitIn(found) === undefined ? undefined : count.get({ queue: name });
      return { name, ...found, running: counts?.running, queued: counts?.queued };
    },
    names: (): string[] => names.all(),
  };
}

const toSettings = ({ slots, override, overridden_at, paused }: Row): QueueSettings => ({
  base: slots ?? undefined,
  ...(override === null ? {} : { override }),
  ...(overridden_at === null ? {} : { overriddenAt: overridden_at }),
  isPaused: paused === 1,
});
