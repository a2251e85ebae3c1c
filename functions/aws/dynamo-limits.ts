/**
 * The code's limits of queues, in DynamoDB.
 *
 * Invariant: what people say of a queue (`dynamo-queues.ts`) stays as it is.
 */
import type { Store } from "../../engine/ports.ts";
import { plainQueue, withLimits } from "../../engine/queues.ts";
import type { Pools } from "./dynamo-pools.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { PoolTable } from "./pool-table.ts";

/** Sets limits in a table. */
export function dynamoLimits(table: DynamoTable, pools: Pools): Pick<Store, "limit"> {
  const items = new PoolTable(table);
  return {
    async limit(queue, limits, now) {
      const before = await items.settings(queue);
      const { base, total, rate } = withLimits(before ?? plainQueue, limits);
      const said = JSON.stringify([base, total, rate]);
      if (before !== undefined && JSON.stringify([before.base, before.total, before.rate]) === said)
        return [];
      if (before === undefined) await items.know(queue);
      const number = (value: number | undefined) => (value === undefined ? undefined : { N: String(value) });
      // What was never there is not taken out: a queue with a plain limit is written as it always was.
      await items.set(queue, {
        slots: number(base),
        known: { BOOL: true },
        ...(total === before?.total ? {} : { total: number(total) }),
        ...(rate === undefined && before?.rate === undefined
          ? {}
          : { rate: rate && { S: JSON.stringify(rate) } }),
      });
      const called = await pools.callAll(queue, now);
      return called.flatMap(({ runId, at }) => (at > now ? [] : [runId]));
    },
  };
}
