/**
 * Reading and changing the items of queues with a limit.
 *
 * Owns:      the expressions on them.
 * Invariant: a pool changes only from the version that was read.
 */
import {
  type AttributeValue,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { QueueSettings } from "../../engine/queues.ts";
import { backOffMs, refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import type { Item } from "./keys.ts";
import {
  limitKey,
  nameItem,
  type Place,
  type Pool,
  poolKey,
  poolShard,
  toPool,
  toSettings,
} from "./pool-items.ts";
import { wakeIndex } from "./table.ts";

/** How often a change of a pool is tried while others change it. */
export const poolTries = 40;

/** What a change does to a pool, besides raising its version. */
export interface PoolChange {
  readonly add?: { readonly held?: string; readonly called?: string };
  readonly drop?: { readonly held?: readonly string[]; readonly called?: readonly string[] };
}

export class PoolTable {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  /** What is said of a queue; undefined: no code has told of it. */
  async settings(queue: string): Promise<QueueSettings | undefined> {
    return toSettings(await this.#table.item(limitKey(queue)));
  }

  /** Sets some of what is said of a queue; undefined takes it out. Each field is somebody else's to set: none undoes another. */
  async set(queue: string, fields: Readonly<Record<string, AttributeValue | undefined>>): Promise<void> {
    const { client, name } = this.#table;
    const given = Object.entries(fields);
    const sets = given.flatMap(([field, value]) => (value === undefined ? [] : [[field, value] as const]));
    const removes = given.flatMap(([field, value]) => (value === undefined ? [`#${field}`] : []));
    const words = [
      ...(sets.length === 0 ? [] : [`SET ${sets.map(([field]) => `#${field} = :${field}`).join(", ")}`]),
      ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(", ")}`]),
    ];
    const values = Object.fromEntries(sets.map(([field, value]) => [`:${field}`, value]));
    await client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: limitKey(queue),
        UpdateExpression: words.join(" "),
        ExpressionAttributeNames: Object.fromEntries(given.map(([field]) => [`#${field}`, field])),
        ...(sets.length === 0 ? {} : { ExpressionAttributeValues: values }),
      }),
    );
  }

  /** Puts a queue among those that are listed. */
  async know(queue: string): Promise<void> {
    const { client, name } = this.#table;
    await client.send(new PutItemCommand({ TableName: name, Item: nameItem(queue) }));
  }

  /** The pools that are to be looked after. */
  async due(now: number): Promise<Pool[]> {
    const { client, name } = this.#table;
    const query = {
      KeyConditionExpression: "wakeShard = :shard AND wakeAt <= :now",
      ExpressionAttributeValues: { ":shard": { S: poolShard }, ":now": { N: String(now) } },
    };
    const { Items = [] } = await client.send(
      new QueryCommand({ TableName: name, IndexName: wakeIndex, ...query }),
    );
    const found: Pool[] = [];
    for (const { pk, sk } of Items) {
      const item = pk === undefined || sk === undefined ? undefined : await this.#table.item({ pk, sk });
      if (item !== undefined) found.push(toPool({}, item));
    }
    return found;
  }

  async read(place: Place): Promise<Pool> {
    return toPool(place, await this.#table.item(poolKey(place)));
  }

  /** Changes a pool from what it is to what `decide` says; false: nothing is to be changed. */
  async change(
    place: Place,
    decide: (pool: Pool) => PoolChange | undefined | Promise<PoolChange | undefined>,
  ): Promise<boolean> {
    for (let attempt = 0; attempt < poolTries; attempt++) {
      const pool = await this.read(place);
      const change = await decide(pool);
      if (change === undefined) return false;
      try {
        const update = new UpdateItemCommand(this.update(pool, change));
        await untilClear(() => this.#table.client.send(update), this.#table.pause);
        return true;
      } catch (error) {
        refusedBy(error);
      }
      await this.#table.pause(backOffMs(Math.min(attempt, 4)));
    }
    throw new Error(`The queue ${place.queue} changes all the time.`);
  }

  /** The update that makes the change. */
  update(pool: Pool, { add = {}, drop = {} }: PoolChange) {
    const { queue, concurrencyKey, version } = pool;
    const idsOf = (ids: ReadonlySet<string>, added: string | undefined, dropped: readonly string[] = []) =>
      [...new Set([...ids, ...(added === undefined ? [] : [added])])].filter((id) => !dropped.includes(id));
    const sets = {
      held: idsOf(pool.held, add.held, drop.held),
      called: idsOf(pool.called, add.called, drop.called),
    };
    const set: Item = { version: { N: String(version + 1) }, queue: { S: queue } };
    if (concurrencyKey !== undefined) set.concurrencyKey = { S: concurrencyKey };
    const remove: string[] = [];
    for (const [name, ids] of Object.entries(sets)) {
      if (ids.length > 0) set[name] = { SS: ids };
      else remove.push(`#${name}`);
    }
    const names = Object.keys(set);
    const values: Item = Object.fromEntries(names.map((name) => [`:${name}`, set[name] ?? { NULL: true }]));
    if (version > 0) values[":old"] = { N: String(version) };
    return {
      TableName: this.#table.name,
      Key: poolKey(pool),
      ConditionExpression: version === 0 ? "attribute_not_exists(#version)" : "#version = :old",
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}${
        remove.length === 0 ? "" : ` REMOVE ${remove.join(", ")}`
      }`,
      ExpressionAttributeNames: Object.fromEntries(
        [...names.map((name) => `#${name}`), ...remove].map((alias) => [alias, alias.slice(1)]),
      ),
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    };
  }

  /** When the timer looks after a pool; undefined: not at all. `once`: only if it does not yet. */
  async schedule(place: Place, at: number | undefined, once = false): Promise<void> {
    const { client, name } = this.#table;
    const time = once ? "if_not_exists(wakeAt, :at)" : ":at";
    const values = {
      ":at": { N: String(at) },
      ":shard": { S: poolShard },
      ":queue": { S: place.queue ?? "" },
    };
    const update =
      at === undefined
        ? { UpdateExpression: "REMOVE wakeAt, wakeShard" }
        : {
            UpdateExpression: `SET wakeAt = ${time}, wakeShard = :shard, queue = :queue`,
            ExpressionAttributeValues: values,
          };
    await client.send(new UpdateItemCommand({ TableName: name, Key: poolKey(place), ...update }));
  }

  async query(queue: string, prefix: string, limit: number): Promise<Item[]> {
    const { client, name } = this.#table;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": limitKey(queue).pk, ":prefix": { S: prefix } },
        ConsistentRead: true,
        Limit: limit,
      }),
    );
    return Items;
  }
}
