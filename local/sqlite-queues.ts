/**
 * What is said of queues, in SQLite: `queues` has the code's limits, `queue_settings` each queue that some code has told of,
 * and what people say of it.
 *
 * Invariant: called within the transaction of the change that it belongs to.
 */

import {
  adjusted,
  isCounted,
  plainQueue,
  type QueueChange,
  type QueueLimits,
  type QueueSettings,
  type QueueState,
  type RateLimit,
  withLimits,
} from "../engine/queues.ts";
import type { Database } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

const settingsTable = `
  create table if not exists queue_settings (
    name text primary key, override integer, overridden_at integer, paused integer not null default 0
  ) without rowid;
  create table if not exists queue_limits (
    name text primary key, total integer, rate_limit integer, rate_period integer, rate_per_key integer
  ) without rowid;
  create table if not exists queue_totals (
    name text primary key, total_override integer not null, total_overridden_at integer not null
  ) without rowid;
`;

/** All pools of a queue. */
const ofQueue = "(pool = @queue or (pool > @queue || char(10) and pool < @queue || char(11)))";

interface Row {
  readonly slots: number | null;
  readonly override: number | null;
  readonly overridden_at: number | null;
  readonly paused: number;
  readonly total: number | null;
  readonly total_override: number | null;
  readonly total_overridden_at: number | null;
  readonly rate_limit: number | null;
  readonly rate_period: number | null;
  readonly rate_per_key: number | null;
}

/** The rows of queues. */
export function queueRows(db: Database) {
  patiently(() => db.exec(settingsTable));
  const settingsOf = db.prepare<[string], Row>(
    `select slots, override, overridden_at, paused, total, rate_limit, rate_period, rate_per_key,
       total_override, total_overridden_at
     from queue_settings left join queues using (name) left join queue_limits using (name)
       left join queue_totals using (name) where name = ?`,
  );
  const know = db.prepare("insert or ignore into queue_settings (name) values (?)");
  const put = db.prepare("insert or replace into queues (name, slots) values (?, ?)");
  const drop = db.prepare("delete from queues where name = ?");
  const putMore = db.prepare(
    `insert or replace into queue_limits (name, total, rate_limit, rate_period, rate_per_key) values (?, ?, ?, ?, ?)`,
  );
  const dropMore = db.prepare("delete from queue_limits where name = ?");
  const set = db.prepare(
    "update queue_settings set override = ?, overridden_at = ?, paused = ? where name = ?",
  );
  const putTotal = db.prepare(
    "insert or replace into queue_totals (name, total_override, total_overridden_at) values (?, ?, ?)",
  );
  const dropTotal = db.prepare("delete from queue_totals where name = ?");
  const names = db.prepare<[], string>("select name from queue_settings order by name").pluck();
  const count = db.prepare<[{ queue: string }], { readonly running: number; readonly queued: number }>(
    `select
       (select count(owner) from runs where ${ofQueue})
         + (select count(*) from queue_slots where ${ofQueue} and called = 0) as running,
       (select count(turn) from runs where ${ofQueue})
         + (select count(*) from queue_slots where ${ofQueue} and called = 1) as queued`,
  );

  function settings(queue: string): QueueSettings | undefined {
    const row = settingsOf.get(queue);
    return row === undefined ? undefined : toSettings(row);
  }

  return {
    settings,
    setLimits(queue: string, limits: QueueLimits): void {
      know.run(queue);
      const { base, total, rate } = withLimits(plainQueue, limits);
      if (base === undefined) drop.run(queue);
      else put.run(queue, base);
      if (total === undefined && rate === undefined) return void dropMore.run(queue);
      const pace = [rate?.limit ?? null, rate?.periodMs ?? null, rate?.perKey === true ? 1 : 0];
      putMore.run(queue, total ?? null, ...pace);
    },
    /** False: no code has told of this queue. */
    adjust(queue: string, change: QueueChange, now: number): boolean {
      const before = settings(queue);
      if (before === undefined) return false;
      const after = adjusted(before, change, now);
      const { override, overriddenAt, totalOverride, totalOverriddenAt, isPaused } = after;
      set.run(override ?? null, overriddenAt ?? null, isPaused ? 1 : 0, queue);
      if (totalOverride === undefined) dropTotal.run(queue);
      else putTotal.run(queue, totalOverride, totalOverriddenAt);
      return true;
    },
    state(name: string): QueueState | undefined {
      const found = settings(name);
      if (found === undefined) return undefined;
      const counts = isCounted(found) ? count.get({ queue: name }) : undefined;
      return { name, ...found, running: counts?.running, queued: counts?.queued };
    },
    names: (): string[] => names.all(),
  };
}

function rateOf({ rate_limit: limit, rate_period: periodMs, rate_per_key }: Row): RateLimit | undefined {
  return limit === null || periodMs === null ? undefined : { limit, periodMs, perKey: rate_per_key === 1 };
}

const toSettings = (row: Row): QueueSettings => withRate(row, rateOf(row));

const withRate = (
  { slots, override, overridden_at, paused, total, total_override, total_overridden_at }: Row,
  rate: RateLimit | undefined,
): QueueSettings => ({
  base: slots ?? undefined,
  ...(total === null ? {} : { total }),
  ...(rate === undefined ? {} : { rate }),
  ...(override === null ? {} : { override }),
  ...(overridden_at === null ? {} : { overriddenAt: overridden_at }),
  ...(total_override === null ? {} : { totalOverride: total_override }),
  ...(total_overridden_at === null ? {} : { totalOverriddenAt: total_overridden_at }),
  isPaused: paused === 1,
});
