/**
 * Slots of queues, counted from the rows of the runs themselves: no counter can go wrong.
 *
 * Owns:      the searches within a pool.
 * Invariant: called within the transaction of the change that it belongs to.
 */
import type { Database } from "better-sqlite3";
import type { QueueChange } from "../engine/queues.ts";
import type { Run } from "../engine/run.ts";
import { called, type Fullness, free, hasSlot, poolOf } from "../engine/slots.ts";
import type { heads } from "./sqlite-heads.ts";
import { queueRows } from "./sqlite-queues.ts";

/** Slots over the heads of a database. */
export function slots(db: Database, { one, replace }: ReturnType<typeof heads>) {
  const rows = queueRows(db);
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
    const limit = rows.limitOf(queue);
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
      rows.setBase(queue, limit);
      return callAll(queue, now);
    },
    adjust(queue: string, change: QueueChange, now: number): string[] | undefined {
      return rows.adjust(queue, change, now) ? callAll(queue, now) : undefined;
    },
    state: rows.state,
    names: rows.names,
  };
}
