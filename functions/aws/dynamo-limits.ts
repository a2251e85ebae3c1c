/**
 * The code's limits of queues, in DynamoDB.
 *
 * Invariant: what people say of a queue (`dynamo-queues.ts`) stays as it is.
 */
import type { Store } from "../../engine/ports.ts";
import type { Pools } from "./dynamo-pools.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { PoolTable } from "./pool-table.ts";

/** Sets limits in a table. */
export function dynamoLimits(table: DynamoTable, pools: Pools): Pick<Store, "limit"> {
  const items = new PoolTable(table);
  return {
    async limit(queue, limit, now) {
      const before = await items.settings(queue);
      if (before !== undefined && before.base === limit) return [];
      if (before === undefined) await items.know(queue);
      const slots = limit === undefined ? undefined : { N: String(limit) };
      await items.set(queue, { slots, known: { BOOL: true } });
      return pools.callAll(queue, now);
    },
  };
}
