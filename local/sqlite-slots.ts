/**
 * Slots of queues, counted from the rows of the runs themselves: no counter can go wrong. What rows cannot tell is beside
 * them: when runs were started, and whose turn it was last.
 *
 * Owns:      the searches within a pool.
 * Invariant: called within the transaction of the change that it belongs to.
 */

import { gatesOf, waitsAt } from "../engine/gates.ts";
import type { Later } from "../engine/ports.ts";
import {
  isShared,
  type KeyOverride,
  type KeyState,
  limitIn,
  plainQueue,
  type QueueChange,
  type QueueLimits,
  type QueueSettings,
  settingsWith,
  totalIn,
} from "../engine/queues.ts";
import type { Run } from "../engine/run.ts";
import {
  calledAt,
  callsAt,
  entersAt,
  type Fullness,
  isStart,
  poolOf,
  poolsOf,
  type Room,
} from "../engine/slots.ts";
import type { Database } from "./sqlite.ts";
import { patiently } from "./sqlite-commit.ts";
import type { heads } from "./sqlite-heads.ts";
import { keyRows } from "./sqlite-keys.ts";
import { queueRows } from "./sqlite-queues.ts";

const tables = `
  create table if not exists queue_starts (pool text not null, at integer not null);
  create index if not exists queue_starts_by_time on queue_starts (pool, at);
  create table if not exists queue_turns (queue text primary key, pool text not null) without rowid;
`;

/** Runs of a pool, or of all pools of a queue: a name has no control characters, so nothing else is in between. */
const ofPool = "pool = @pool";
const ofQueue = "pool >= @pool and pool < @pool || char(11)";

interface Counts {
  readonly held: number;
  readonly called: number;
  readonly ahead: number;
}

/** What is asked of the rows. */
function statements(db: Database) {
  patiently(() => db.exec(tables));
  const counting = (where: string) =>
    db.prepare<[{ pool: string; except: string }], Counts>(
      `select
         (select count(*) from runs where ${where} and owner is not null and id <> @except)
           + (select count(*) from queue_slots where ${where} and called = 0 and run_id <> @except) as held,
         (select count(*) from runs where ${where} and turn = 'called' and id <> @except)
           + (select count(*) from queue_slots where ${where} and called = 1 and run_id <> @except) as called,
         (select count(*) from runs where ${where} and turn in ('called', 'later') and epoch = 0 and id <> @except) as ahead`,
    );
  const [inPool, inQueue] = [counting(ofPool), counting(ofQueue)];
  const parkedIn = db
    .prepare<[string], string>(
      "select id from runs where pool = ? and turn = 'parked' order by place, id limit 1",
    )
    .pluck();
  // One step in the index, however many runs wait.
  const nextWaiting = db
    .prepare<[{ pool: string; behind: string }], string>(
      `select pool from runs where ${ofQueue} and pool > @behind and turn = 'parked' order by pool limit 1`,
    )
    .pluck();
  const lastTurn = db.prepare<[string], string>("select pool from queue_turns where queue = ?").pluck();
  const putTurn = db.prepare("insert or replace into queue_turns (queue, pool) values (?, ?)");
  const startsOf = db
    .prepare<[string, number], number>("select at from queue_starts where pool = ? and at > ? order by at")
    .pluck();
  const putStart = db.prepare("insert into queue_starts (pool, at) values (?, ?)");
  const dropStarts = db.prepare("delete from queue_starts where pool = ? and at <= ?");
  return { inPool, inQueue, parkedIn, nextWaiting, lastTurn, putTurn, startsOf, putStart, dropStarts };
}

/** Slots over the heads of a database. */
export function slots(db: Database, { one, replace }: ReturnType<typeof heads>) {
  const { inPool, inQueue, parkedIn, nextWaiting, lastTurn, putTurn, startsOf, putStart, dropStarts } =
    statements(db);
  const rows = queueRows(db);
  const keys = keyRows(db);
  const settingsOf = (queue: string): QueueSettings => rows.settings(queue) ?? plainQueue;
  /** As they count for the run: its key may have a limit of its own. */
  const countingFor = (run: Run, settings: QueueSettings, now: number): QueueSettings =>
    run.concurrencyKey === undefined ? settings : settingsWith(settings, keys.of(poolOf(run) ?? ""), now);

  const paced = (run: Run, { rate }: QueueSettings): string =>
    (rate?.perKey === true ? poolOf(run) : waitsAt(run)) ?? "";

  function fullness(run: Run, settings: QueueSettings, now: number): Fullness {
    const { rate } = settings;
    const total = totalIn(settings);
    const limit = limitIn(settings);
    const except = run.id;
    const own = inPool.get({ pool: poolOf(run) ?? "", except });
    const all = isShared(settings) ? inQueue.get({ pool: waitsAt(run) ?? "", except }) : own;
    const room = (counts: Counts | undefined, most: number | undefined): Room => ({
      limit: most,
      held: counts?.held ?? 0,
      called: counts?.called ?? 0,
    });
    const starts = rate === undefined ? [] : startsOf.all(paced(run, settings), now - rate.periodMs);
    const ahead = (rate?.perKey ? own : all)?.ahead ?? 0;
    return {
      ...room(own, limit),
      ...(total === undefined ? {} : { total: room(all, total) }),
      ...(rate === undefined ? {} : { rate: { ...rate, starts, ahead } }),
    };
  }

  /** Pools with parked runs, those behind the one whose turn it was last first. */
  function* inTurn(queue: string): Generator<string> {
    const last = lastTurn.get(queue) ?? "";
    const behind = (from: string): string | undefined => nextWaiting.get({ pool: queue, behind: from });
    for (let pool = behind(last); pool !== undefined; pool = behind(pool)) yield pool;
    for (let pool = behind(""); pool !== undefined && pool <= last; pool = behind(pool)) yield pool;
  }

  function callFirst(queue: string, pool: string, settings: QueueSettings, now: number): Later | undefined {
    const run = one(parkedIn.get(pool) ?? "");
    const at = run && callsAt(run, fullness(run, countingFor(run, settings, now), now), now);
    if (run === undefined || at === undefined) return undefined;
    replace(calledAt(run, at, now), true);
    if (isShared(settings)) putTurn.run(queue, pool);
    return { runId: run.id, at };
  }

  /** Calls who may come, of these pools in turn. */
  function callWithin(queue: string, pools: () => Iterable<string>, now: number): Later[] {
    const settings = settingsOf(queue);
    const found: Later[] = [];
    for (;;) {
      let next: Later | undefined;
      for (const pool of pools()) {
        next = callFirst(queue, pool, settings, now);
        if (next !== undefined) break;
      }
      if (next === undefined) return found;
      found.push(next);
    }
  }

  const atOnce = (found: readonly Later[], now: number): string[] =>
    found.flatMap(({ runId, at }) => (at > now ? [] : [runId]));
  const callAll = (queue: string, now: number): string[] =>
    atOnce(
      callWithin(queue, () => inTurn(queue), now),
      now,
    );

  return {
    /** When this run may be claimed; undefined: it has to wait until it is called. */
    entersAt(run: Run, now: number): number | undefined {
      const queue = waitsAt(run);
      if (queue === undefined) return now;
      const settings = countingFor(run, settingsOf(queue), now);
      const isFree = limitIn(settings) === undefined && !isShared(settings) && settings.rate === undefined;
      return isFree ? now : entersAt(run, fullness(run, settings, now), now);
    },
    /** Has the queue a rate? Then each start lets another one be called for its time. */
    isPaced: (run: Run): boolean => gatesOf(run).some((queue) => rows.settings(queue)?.rate !== undefined),
    /** Notes a start, where the queue has a rate. */
    started(run: Run, now: number): void {
      const settings = settingsOf(waitsAt(run) ?? "");
      if (settings.rate === undefined || !isStart(run)) return;
      const pool = paced(run, settings);
      dropStarts.run(pool, now - settings.rate.periodMs);
      putStart.run(pool, now);
    },
    /** Calls those who wait for what is free in this run's pools, or in its queues where the keys share them. */
    call(run: Run, now: number): Later[] {
      const pools = poolsOf(run);
      return gatesOf(run).flatMap((queue, at) => {
        const own = pools.slice(at, at + 1);
        return callWithin(queue, () => (isShared(settingsOf(queue)) ? inTurn(queue) : own), now);
      });
    },
    limit(queue: string, limits: QueueLimits, now: number): string[] {
      rows.setLimits(queue, limits);
      return callAll(queue, now);
    },
    adjust(queue: string, change: QueueChange, now: number): string[] | undefined {
      return rows.adjust(queue, change, now) ? callAll(queue, now) : undefined;
    },
    state: rows.state,
    names: rows.names,
    keys: keySlots(keys, rows.settings, (queue, pool, now) =>
      atOnce(
        callWithin(queue, () => [pool], now),
        now,
      ),
    ),
  };
}

/** Limits of single keys over the slots; `callIn` calls who may come, of one pool. */
function keySlots(
  keys: ReturnType<typeof keyRows>,
  settingsOf: (queue: string) => QueueSettings | undefined,
  callIn: (queue: string, pool: string, now: number) => string[],
) {
  return {
    override(queue: string, key: string, override: KeyOverride | undefined, now: number) {
      if (settingsOf(queue) === undefined) return undefined;
      return callIn(queue, keys.set(queue, key, override, now), now);
    },
    isOver: keys.isOver,
    /** Ends those whose time is over, and calls whoever may come then. */
    end(now: number): void {
      for (const { queue, pool } of keys.takeOver(now)) callIn(queue, pool, now);
    },
    nextEnd: keys.nextEnd,
    state(queue: string, key: string, now: number): KeyState | undefined {
      const settings = settingsOf(queue);
      return settings && { settings, ...keys.state(queue, key, now) };
    },
  };
}
