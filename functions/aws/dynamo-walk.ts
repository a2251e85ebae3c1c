/**
 * Walks the partitions of an index as if they were one: several queries at once, merged in order.
 *
 * Invariant: a spot is given out only when no partition can still hold an earlier one. Each run comes once from each index.
 */
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoTable } from "./dynamo-table.ts";
import { type Item, runIdOf } from "./keys.ts";
import { batchIndex, listIndex, wakeIndex } from "./table.ts";

/** A run at its place in an index. */
export interface Spot {
  readonly id: string;
  readonly at: number;
  readonly index: Lane["index"];
  /** It lies among the dead letters. */
  readonly isDead?: true;
}

/** A partition and the part of it to walk, ends included. */
export interface Lane {
  readonly index: typeof wakeIndex | typeof listIndex | typeof batchIndex;
  readonly shard: string;
  readonly from: number;
  readonly to: number;
  readonly isDead?: true;
  /** Places of the lane as places of the walk. */
  readonly place?: (at: number) => number;
}

/** How to walk. */
export interface WalkOptions {
  readonly lanes: readonly Lane[];
  readonly isBackwards: boolean;
  /** Entries per query. */
  readonly page: number;
}

interface Walker {
  readonly lane: Lane;
  /** Where the next query begins; undefined before the first. */
  from?: Item | undefined;
  /** The last place seen. */
  last?: number;
  isOver: boolean;
}

const keysOf = {
  [wakeIndex]: ["wakeShard", "wakeAt"],
  [listIndex]: ["listShard", "createdAt"],
  [batchIndex]: ["batchId", "batchedAt"],
} as const;

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

async function step(table: DynamoTable, walker: Walker, options: WalkOptions): Promise<Spot[]> {
  const { index, shard, from, to, place = (at) => at, isDead } = walker.lane;
  const [partition, sort] = keysOf[index];
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: index,
      KeyConditionExpression: "#partition = :shard AND #sort BETWEEN :from AND :to",
      ExpressionAttributeNames: { "#partition": partition, "#sort": sort },
      ExpressionAttributeValues: {
        ":shard": { S: shard },
        ":from": { N: String(from) },
        ":to": { N: String(to) },
      },
      ScanIndexForward: !options.isBackwards,
      Limit: options.page,
      ...(walker.from === undefined ? {} : { ExclusiveStartKey: walker.from }),
    }),
  );
  const dead = isDead ? { isDead } : {};
  const spots = Items.map((item) => ({
    id: runIdOf(item),
    at: place(Number(item[sort]?.N)),
    index,
    ...dead,
  }));
  walker.from = LastEvaluatedKey;
  walker.isOver = LastEvaluatedKey === undefined;
  walker.last = spots.at(-1)?.at ?? walker.last;
  return spots;
}

/** The runs of all lanes in order, in portions; equal places are ordered by id, the same way round. */
export async function* walk(table: DynamoTable, options: WalkOptions): AsyncGenerator<Spot[]> {
  const way = options.isBackwards ? -1 : 1;
  const walkers = options.lanes.map((lane): Walker => ({ lane, isOver: false }));
  const seen = new Set<string>();
  let waiting: Spot[] = [];
  let behind = walkers;
  while (behind.length > 0) {
    const fresh = await Promise.all(behind.map((walker) => step(table, walker, options)));
    waiting.push(...fresh.flat());
    const open = walkers.filter(({ isOver }) => !isOver);
    // What is at the edge itself may have more of its kind behind it.
    const edge = Math.min(...open.map(({ last }) => way * (last ?? -way * Infinity)));
    behind = open.filter(({ last }) => way * (last ?? -way * Infinity) === edge);
    const ready = waiting.filter(({ at }) => way * at < edge);
    waiting = waiting.filter(({ at }) => way * at >= edge);
    const next = ready
      .sort((a, b) => way * (a.at - b.at || compare(a.id, b.id)))
      .filter(({ id, index }) => !seen.has(`${index}/${id}`) && seen.add(`${index}/${id}`));
    if (next.length > 0) yield next;
  }
}
