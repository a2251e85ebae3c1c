/**
 * What people see and say of queues, in DynamoDB. A file of its own: no dispatcher loads it.
 *
 * Invariant: the code's limit is another field's: neither undoes the other.
 */
import { QueryCommand, type QueryCommandInput, type QueryCommandOutput } from "@aws-sdk/client-dynamodb";
import { checkKeyOverrides, isCounted, isInForce, type QueueDesk } from "../../engine/queues.ts";
import { Pools } from "./dynamo-pools.ts";
import { type DynamoOptions, DynamoTable } from "./dynamo-table.ts";
import type { Item } from "./keys.ts";
import {
  hashed,
  limitKey,
  namesPartition,
  type Pool,
  placeOfItem,
  sharedPlace,
  toPool,
} from "./pool-items.ts";
import { othersOf } from "./pool-keys.ts";
import { PoolTable } from "./pool-table.ts";

/** Queues in a table made from `tableDefinition`. */
export function dynamoQueues(options: DynamoOptions): QueueDesk {
  const table = new DynamoTable(options);
  const pools = new Pools(table);
  const items = new PoolTable(table);

  async function* pages(query: Partial<QueryCommandInput>): AsyncGenerator<QueryCommandOutput> {
    for (let ExclusiveStartKey: Item | undefined; ; ) {
      const start = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
      const command = { TableName: table.name, ConsistentRead: true, ...query, ...start };
      const page = await table.client.send(new QueryCommand(command));
      yield page;
      if (page.LastEvaluatedKey === undefined) return;
      ExclusiveStartKey = page.LastEvaluatedKey;
    }
  }

  async function counts(queue: string): Promise<{ readonly running: number; readonly queued: number }> {
    const all = (await items.query(queue, "pool#", 1_000)).map((item) => toPool(placeOfItem(item), item));
    const running = all.reduce((total, { held }) => total + held.size, 0);
    const inTurn = ({ called, ahead }: Pool): number => new Set([...called, ...ahead.keys()]).size;
    const waiting = {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: { ":pk": limitKey(queue).pk, ":prefix": { S: "wait#" } },
      Select: "COUNT",
    } as const;
    let queued = all.reduce((total, pool) => total + inTurn(pool), 0);
    for await (const { Count = 0 } of pages(waiting)) queued += Count;
    return { running, queued };
  }

  /** Runs of one key that are held: in its own pool, and in that of all keys. */
  async function heldOf(queue: string, hash: string): Promise<number> {
    const [own, shared] = await Promise.all([items.read({ queue, hash }), items.read(sharedPlace(queue))]);
    return own.held.size + [...shared.held].filter((member) => member.startsWith(`${hash}#`)).length;
  }

  return {
    async adjust(queue, { isPaused, override, totalOverride }, now) {
      if ((await items.settings(queue)) === undefined) return undefined;
      await items.set(queue, {
        known: { BOOL: true },
        ...(isPaused === undefined ? {} : { paused: { BOOL: isPaused } }),
        ...overridden("override", "overriddenAt", override, now),
        ...overridden("totalOverride", "totalOverriddenAt", totalOverride, now),
      });
      return (await pools.callAll(queue, now)).flatMap(({ runId, at }) => (at > now ? [] : [runId]));
    },
    async queue(name) {
      const said = await items.settings(name);
      if (said === undefined) return undefined;
      const { keys: _, ...settings } = said;
      const { running, queued } = isCounted(settings) ? await counts(name) : {};
      return { name, ...settings, running, queued };
    },
    async overrideKey(queue, key, override, now) {
      const hash = hashed(key);
      const isKnown = await items.setKeys(queue, (before) => {
        const others = othersOf(before, hash, now);
        if (override !== undefined) checkKeyOverrides(queue, others.size);
        return override === undefined ? others : others.set(hash, override);
      });
      if (!isKnown) return undefined;
      return (await pools.callKey(queue, hash, now)).flatMap(({ runId, at }) => (at > now ? [] : [runId]));
    },
    async queueKey(queue, key, now) {
      const said = await items.settings(queue);
      if (said === undefined) return undefined;
      const { keys, ...settings } = said;
      const hash = hashed(key);
      const own = keys?.get(hash);
      const override = isInForce(own, now) ? own : undefined;
      return { settings, override, running: await heldOf(queue, hash) };
    },
    async queues() {
      const names: string[] = [];
      const named = {
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: namesPartition } },
      };
      for await (const { Items = [] } of pages(named)) names.push(...Items.flatMap(({ sk }) => sk?.S ?? []));
      return names;
    },
  };
}

/** The fields of an override: set with their time, or taken out. */
function overridden(name: string, atName: string, limit: number | null | undefined, now: number) {
  if (limit === undefined) return {};
  const of = (value: number) => (limit === null ? undefined : { N: String(value) });
  return { [name]: of(limit ?? 0), [atName]: of(now) };
}
