/**
 * Slots of one pool, by its item and a run's head.
 */
import { standsAt } from "../../engine/gates.ts";
import { limitIn, type QueueSettings, totalIn } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { entersAt, type Fullness, isStart, type Room } from "../../engine/slots.ts";
import { keyPrefix, memberOf, type Pool } from "./pool-items.ts";
import type { PoolChange } from "./pool-table.ts";

/** Does the run hold a slot of this queue, by its head? One that keeps it for the next pass does. */
export function hasHold(run: Run | undefined, queue: string): boolean {
  const stands = run && standsAt(run, queue);
  return stands === "held" || stands === "called";
}

/** How full a pool is, without this member. */
export function fullnessOf(pool: Pool, member: string, settings: QueueSettings): Fullness {
  const { rate } = settings;
  const total = totalIn(settings);
  const prefix = keyPrefix(pool, member);
  const count = (ids: Iterable<string>, start: string): number =>
    [...ids].filter((id) => id !== member && id.startsWith(start)).length;
  const room = (limit: number | undefined, start: string): Room => ({
    limit,
    held: count(pool.held, start),
    called: count(pool.called, start),
  });
  return {
    ...room(limitIn(settings), prefix),
    ...(total === undefined ? {} : { total: room(total, "") }),
    ...(rate === undefined
      ? {}
      : { rate: { ...rate, starts: pool.starts, ahead: count(pool.ahead.keys(), "") } }),
  };
}

/** How a pool changes when the run is claimed now; a time: it may be claimed then; undefined: no slot is free. */
export function slotFor(
  run: Run,
  pool: Pool,
  settings: QueueSettings,
  now: number,
): PoolChange | number | undefined {
  const member = memberOf(pool, run);
  const isCalled = pool.called.has(member) || pool.held.has(member);
  const turn: Run["turn"] = isCalled ? "called" : pool.ahead.has(member) ? "later" : undefined;
  const holder = run.owner !== undefined && pool.held.has(member) ? { owner: run.owner } : {};
  const { epoch, verdict } = run;
  const ends = verdict === undefined ? {} : { verdict };
  const asking = { epoch, ...ends, ...holder, ...(turn === undefined ? {} : { turn }) };
  const at = entersAt(asking, fullnessOf(pool, member, settings), now);
  if (at === undefined || at > now) return at;
  const { rate } = settings;
  const isCounted = limitIn(settings) !== undefined || totalIn(settings) !== undefined;
  const recent = pool.starts.filter((start) => start > now - (rate?.periodMs ?? 0));
  return {
    ...(isCounted && !pool.held.has(member) ? { add: { held: member } } : {}),
    drop: { called: [member], ahead: [member] },
    ...(rate !== undefined && isStart(run) ? { starts: [...recent, now] } : {}),
  };
}
