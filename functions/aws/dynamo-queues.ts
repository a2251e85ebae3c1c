/**
 * What is said of queues, in DynamoDB: the code's limits, pauses and other limits, and what there is to see.
 *
 * Invariant: code and people set fields of their own: neither undoes the other's.
 */
import type { Store } from "../../engine/ports.ts";
import { limitIn, type QueueDesk } from "../../engine/queues.ts";
import type { Pools } from "./dynamo-pools.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { toPool } from "./pool-items.ts";
import { PoolTable } from "./pool-table.ts";

/** Queues in a table. */
export function dynamoQueues(table: DynamoTable, pools: Pools): QueueDesk & Pick<Store, "limit"> {
  const items = new PoolTable(table);

  async function counts(queue: string): Promise<{ readonly running: number; readonly queued: number }> {
    const all = (await items.query(queue, "pool#", 1_000)).map((item) => toPool({ queue }, item));
    const sum = (of: "held" | "called"): number => all.reduce((total, pool) => total + pool[of].size, 0);
    return { running: sum("held"), queued: sum("called") + (await items.countWaiters(queue)) };
  }

  return {
    async limit(queue, limit, now) {
      const before = await items.settings(queue);
      if (before !== undefined && before.base === limit) return [];
      if (before === undefined) await items.know(queue);
      const slots = limit === undefined ? undefined : { N: String(limit) };
      await items.set(queue, { slots, known: { BOOL: true } });
      return pools.callAll(queue, now);
    },
    async adjust(queue, { isPaused, override }, now) {
      if ((await items.settings(queue)) === undefined) return undefined;
      const limit = override === null ? undefined : { N: String(override) };
      const overriddenAt = override === null ? undefined : { N: String(now) };
      await items.set(queue, {
        known: { BOOL: true },
        ...(isPaused === undefined ? {} : { paused: { BOOL: isPaused } }),
        ...(override === undefined ? {} : { override: limit, overriddenAt }),
      });
      return pools.callAll(queue, now);
    },
    async queue(name) {
      const settings = await items.settings(name);
      if (settings === undefined) return undefined;
      const isLimited = limitIn(settings) !== undefined;
      const { running, queued } = isLimited ? await counts(name) : {};
      return { name, ...settings, running, queued };
    },
    queues: () => items.names(),
  };
}
