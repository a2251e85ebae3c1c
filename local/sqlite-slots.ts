/**
 * Slots of queues, counted from the rows of the runs themselves: no counter can go wrong.
 *
 * Owns:      the table of queues and the searches within a pool.
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
import type { Run } from "../engine/run.ts";
import { called, type Fullness, free, hasSlot, poolOf } from "../engine/slots.ts";
import { patiently } from "./sqlite-commit.ts";
import type { heads } from "./sqlite-heads.ts";

/** Each queue that some code has told of, and what people say of it; `queues` has the code's limits. */
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

/** Slots over the heads of a database. */
export function slots(db: Database, { one, replace }: ReturnType<typeof heads>) {
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
  const set = db.prepare(
    "update queue_settings set override = ?, overridden_at = ?, paused = ? where name = ?",
  );
  const names = db.prepare<[], string>("select name from queue_settings order by name").pluck();
  const count = db.prepare<[{ queue: string }], { readonly running: number; readonly queued: number }>(
    `select count(owner) as running, count(turn) as queued from runs
     where pool = @queue or (pool > @queue || char(10) and pool < @queue || char(11))`,
  );
  const put = db.prepare("insert or replace into queues (name, slots) values (?, ?)");
  const drop = db.prepare("delete from queues where name = ?");
  const held = db
    .prepare<[string, string], number>(
      "select count(*) from runs where pool = ? and owner is not null and id <> ?",
    )
    .pluck();
  const inTurn = db
    .prepare<[string, string], number>(
      "select count(*) from runs where pool = ? and turn = 'called' and id <> ?",
    )
    .pluck();
  const parkedIn = db
    .prepare<[string, number], string>(
      "select id from runs where pool = ? and turn = 'parked' order by place, id limit ?",
    )
    .pluck();
  const poolsOf = db
    .prepare<[{ queue: string }], string>(
      `select distinct pool from runs
       where turn = 'parked' and (pool = @queue or (pool > @queue || char(10) and pool < @queue || char(11)))`,
    )
    .pluck();

  function fullness(queue: string, pool: string, except = ""): Fullness {
    const limit = limitOf.get({ queue }) ?? undefined;
    if (limit === undefined) return { limit, held: 0, called: 0 };
    return { limit, held: held.get(pool, except) ?? 0, called: inTurn.get(pool, except) ?? 0 };
  }

  function callWithin(queue: string, pool: string, now: number): string[] {
    const room = free(fullness(queue, pool));
    const next = room === 0 ? [] : parkedIn.all(pool, Number.isFinite(room) ? room : -1);
    for (const id of next) {
      const run = one(id);
      if (run !== undefined) replace(called(run, now), true);
    }
    return next;
  }

  const callAll = (queue: string, now: number): string[] =>
    poolsOf.all({ queue }).flatMap((pool) => callWithin(queue, pool, now));

  function settings(queue: string): QueueSettings | undefined {
    const row = settingsOf.get(queue);
    if (row === undefined) return undefined;
    const { slots, override, overridden_at, paused } = row;
    return {
      base: slots ?? undefined,
      ...(override === null ? {} : { override }),
      ...(overridden_at === null ? {} : { overriddenAt: overridden_at }),
      isPaused: paused === 1,
    };
  }

  return {
    admits(run: Run): boolean {
      const pool = poolOf(run);
      return run.queue === undefined || pool === undefined || hasSlot(run, fullness(run.queue, pool, run.id));
    },
    /** Calls those who wait for the slots that are free in this run's pool. */
    call(run: Run): string[] {
      const pool = poolOf(run);
      return run.queue === undefined || pool === undefined ? [] : callWithin(run.queue, pool, run.updatedAt);
    },
    limit(queue: string, limit: number | undefined, now: number): string[] {
      know.run(queue);
      if (limit === undefined) drop.run(queue);
      else put.run(queue, limit);
      return callAll(queue, now);
    },
    adjust(queue: string, change: QueueChange, now: number): string[] | undefined {
      const before = settings(queue);
      if (before === undefined) return undefined;
      const { override, overriddenAt, isPaused } = adjusted(before, change, now);
      set.run(override ?? null, overriddenAt ?? null, isPaused ? 1 : 0, queue);
      return callAll(queue, now);
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
