/**
 * Limits of single concurrency keys, in SQLite: those that people gave, by their pools.
 *
 * Invariant: called within the transaction of the change that it belongs to.
 */

import { checkKeyOverrides, isInForce, type KeyOverride } from "../engine/queues.ts";
import { pooled } from "../engine/slots.ts";
import type { Database } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";

const table = `
  create table if not exists queue_keys (
    pool text primary key, queue text not null, slots integer not null, expires_at integer not null
  ) without rowid;
  create index if not exists queue_keys_by_end on queue_keys (expires_at);
`;

/** The pool of a key. */
interface Place {
  readonly queue: string;
  readonly pool: string;
}

/** The rows of keys with a limit of their own. */
export function keyRows(db: Database) {
  patiently(() => db.exec(table));
  const one = db.prepare<[string], KeyOverride>(
    'select slots as "limit", expires_at as expiresAt from queue_keys where pool = ?',
  );
  const others = db
    .prepare<[string, string, number], number>(
      "select count(*) from queue_keys where queue = ? and pool <> ? and expires_at > ?",
    )
    .pluck();
  const put = db.prepare(
    "insert or replace into queue_keys (pool, queue, slots, expires_at) values (?, ?, ?, ?)",
  );
  const drop = db.prepare("delete from queue_keys where pool = ?");
  const over = db.prepare<[number], Place>(
    "select queue, pool from queue_keys where expires_at <= ? order by pool",
  );
  const isOver = db.prepare<[number]>("select 1 from queue_keys where expires_at <= ? limit 1");
  const nextEnd = db
    .prepare<[], number>(
      `select expires_at from queue_keys as keyed
       where exists (select 1 from runs where runs.pool = keyed.pool and turn = 'parked') order by expires_at limit 1`,
    )
    .pluck();
  const running = db
    .prepare<[{ pool: string }], number>(
      `select (select count(*) from runs where pool = @pool and owner is not null)
         + (select count(*) from queue_slots where pool = @pool and called = 0)`,
    )
    .pluck();
  const poolIn = (queue: string, key: string): string => pooled(queue, { concurrencyKey: key });

  return {
    /** Whatever was said of a pool, in force or not. */
    of: (pool: string): KeyOverride | undefined => one.get(pool),
    /** Gives the key's pool. @throws HoldfastError HF542 */
    set(queue: string, key: string, override: KeyOverride | undefined, now: number): string {
      const pool = poolIn(queue, key);
      if (override !== undefined) checkKeyOverrides(queue, others.get(queue, pool, now) ?? 0);
      if (override === undefined) drop.run(pool);
      else put.run(pool, queue, override.limit, override.expiresAt);
      return pool;
    },
    /** Is there one whose time is over? */
    isOver: (now: number): boolean => isOver.get(now) !== undefined,
    /** Takes those out whose time is over, and gives their pools. */
    takeOver(now: number): readonly Place[] {
      const found = over.all(now);
      for (const { pool } of found) drop.run(pool);
      return found;
    },
    /** When the first of them ends whose key has somebody waiting. */
    nextEnd: (): number | undefined => nextEnd.get(),
    /** What there is to see of a key. */
    state(queue: string, key: string, now: number) {
      const pool = poolIn(queue, key);
      const own = one.get(pool);
      return { override: isInForce(own, now) ? own : undefined, running: running.get({ pool }) ?? 0 };
    },
  };
}
