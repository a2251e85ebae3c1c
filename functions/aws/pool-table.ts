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
import { backOffMs, refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import type { Item } from "./keys.ts";
import {
  aheadTexts,
  limitKey,
  nameItem,
  type Place,
  type Pool,
  placeOfItem,
  poolKey,
  poolShard,
  timesText,
  toPool,
  toSettings,
} from "./pool-items.ts";
import { type KeyOverrides, keysText, type PoolSettings } from "./pool-keys.ts";
import { wakeIndex } from "./table.ts";

/** How often a change of a pool is tried while others change it. */
export const poolTries = 40;
/** DynamoDB reads so many items at once. */
const batchMax = 100;

/** What a change does to a pool, besides raising its version. */
export interface PoolChange {
  readonly add?: { readonly held?: string; readonly called?: string };
  readonly drop?: {
    readonly held?: readonly string[];
    readonly called?: readonly string[];
    readonly ahead?: readonly string[];
  };
  /** A member that was called to be started, and for when. */
  readonly ahead?: { readonly member: string; readonly at: number };
  /** When runs were started, this one included; in place of what was there. */
  readonly starts?: readonly number[];
  /** The hash of the key that was called. */
  readonly last?: string;
}

const without = (ids: Iterable<string>, dropped: readonly string[] = []): string[] =>
  [...ids].filter((id) => !dropped.includes(id));

/** What of a pool's item is set by a change, and what is taken out. */
function fieldsAfter(pool: Pool, { add = {}, drop = {}, ahead, starts, last }: PoolChange) {
  const joined = (ids: ReadonlySet<string>, added: string | undefined): Set<string> =>
    added === undefined ? new Set(ids) : new Set(ids).add(added);
  const next = new Map([...pool.ahead].filter(([member]) => !(drop.ahead ?? []).includes(member)));
  if (ahead !== undefined) next.set(ahead.member, ahead.at);
  const sets = {
    held: without(joined(pool.held, add.held), drop.held),
    called: without(joined(pool.called, add.called), drop.called),
    ...(pool.ahead.size > 0 || next.size > 0 ? { ahead: aheadTexts(next) } : {}),
  };
  const set: Item = { version: { N: String(pool.version + 1) } };
  if (starts !== undefined) set.starts = { S: timesText(starts) };
  if (last !== undefined) set.last = { S: last };
  const remove: string[] = [];
  for (const [name, ids] of Object.entries(sets)) {
    if (ids.length > 0) set[name] = { SS: ids };
    else remove.push(`#${name}`);
  }
  return { set, remove };
}

export class PoolTable {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  /** What is said of a queue; undefined: no code has told of it. */
  async settings(queue: string): Promise<PoolSettings | undefined> {
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

  /** Changes the limits of single keys from what they are; false: there is no such queue. */
  async setKeys(queue: string, decide: (keys: KeyOverrides | undefined) => KeyOverrides): Promise<boolean> {
    for (let attempt = 0; attempt < poolTries; attempt++) {
      const item = await this.#table.item(limitKey(queue));
      if (item === undefined) return false;
      const after = keysText(decide(toSettings(item)?.keys));
      if (after === (item.keys?.S ?? "")) return true;
      try {
        await this.#table.client.send(new UpdateItemCommand(this.#keysUpdate(queue, item.keys, after)));
        return true;
      } catch (error) {
        refusedBy(error);
      }
      await this.#table.pause(backOffMs(Math.min(attempt, 4)));
    }
    throw new Error(`The limits of the keys of ${queue} change all the time.`);
  }

  #keysUpdate(queue: string, before: AttributeValue | undefined, after: string) {
    const values: Item = {
      ...(before === undefined ? {} : { ":before": before }),
      ...(after === "" ? {} : { ":after": { S: after } }),
    };
    return {
      TableName: this.#table.name,
      Key: limitKey(queue),
      ConditionExpression: before === undefined ? "attribute_not_exists(#keys)" : "#keys = :before",
      UpdateExpression: after === "" ? "REMOVE #keys" : "SET #keys = :after",
      ExpressionAttributeNames: { "#keys": "keys" },
      ExpressionAttributeValues: values,
    };
  }

  /** Puts a queue among those that are listed. */
  async know(queue: string): Promise<void> {
    const { client, name } = this.#table;
    await client.send(new PutItemCommand({ TableName: name, Item: nameItem(queue) }));
  }

  /** The pools that are to be looked after, as many as `limit`, those that have waited longest first. */
  async due(now: number, limit: number): Promise<Pool[]> {
    const { client, name } = this.#table;
    const query = {
      KeyConditionExpression: "wakeShard = :shard AND wakeAt <= :now",
      ExpressionAttributeValues: { ":shard": { S: poolShard }, ":now": { N: String(now) } },
    };
    const { Items = [] } = await client.send(
      new QueryCommand({ TableName: name, IndexName: wakeIndex, ...query, Limit: limit }),
    );
    const keys = Items.flatMap(({ pk, sk }) => (pk === undefined || sk === undefined ? [] : [{ pk, sk }]));
    const items: Item[] = [];
    for (let at = 0; at < keys.length; at += batchMax)
      items.push(...(await this.#table.items(keys.slice(at, at + batchMax), true)));
    return items.map((item) => toPool(placeOfItem(item), item));
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
  update(pool: Pool, change: PoolChange) {
    const { version } = pool;
    const { set, remove } = fieldsAfter(pool, change);
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
    const values = { ":at": { N: String(at) }, ":shard": { S: poolShard } };
    const update =
      at === undefined
        ? { UpdateExpression: "REMOVE wakeAt, wakeShard" }
        : {
            UpdateExpression: `SET wakeAt = ${time}, wakeShard = :shard`,
            ExpressionAttributeValues: values,
          };
    await client.send(new UpdateItemCommand({ TableName: name, Key: poolKey(place), ...update }));
  }

  /** The first parked run behind a place among all keys. */
  async firstBehind(queue: string, from: string): Promise<Item | undefined> {
    const { client, name } = this.#table;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: {
          ":pk": limitKey(queue).pk,
          ":from": { S: from },
          ":to": { S: "wait#~" },
        },
        ConsistentRead: true,
        Limit: 1,
      }),
    );
    return Items[0];
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
