/**
 * Fresh runs: those that nothing has given a place in `wake`. The timer finds them in the list, by when they were created.
 *
 * A run that ends soon after its creation never has a place in time, which would cost a unit to make and one to take away.
 * In its place the timer looks at the head of each run three times: when it could be due, an hour and a day later. That is
 * half a read unit each, a tenth of what is saved. Whoever has not ended by then gets a place in `wake`, and is found there.
 *
 * Owns:      how far it has looked: one item.
 * Invariant: F1 it is written down that a run has been looked at only once the run has ended, has no time to wake, or is in `wake`.
 *            F2 an entry that an index shows late is found by a later look: nothing rests on an index being up to date.
 */
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { isFinished } from "../../engine/run.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import type { Lane, Spot } from "./dynamo-walk.ts";
import { placeOf } from "./dynamo-write.ts";
import { freshCreatedAt, freshWakeAt, type Item, key, partitions, toRun } from "./keys.ts";
import { listIndex } from "./table.ts";

/** How old runs are when they are looked at. */
export const lookedAtAges = [0, 3_600_000, 86_400_000] as const;
/** Younger ones are looked at again: clocks differ, and a put or an index may take so long. */
const againMs = 15_000;

/** Nothing has been looked at. */
const none = -1;

const standingKey = key("wake", "looked");

/** Entries of the list from one creation to another, at the places that fresh runs have in time. */
export const freshLanes = (from: number, to: number): Lane[] =>
  to < from
    ? []
    : partitions.ordinary.map((shard) => ({ index: listIndex, shard, from, to, place: freshWakeAt }));

/** Has it a time to wake, and no place in the index? */
const isFresh = (head: Item): boolean =>
  head.wakeShard === undefined && toRun(head).wakeAt !== undefined && !isFinished(toRun(head).status);

/** The heads of those of these runs that are fresh, exactly as they are now. */
export async function freshHeads(table: DynamoTable, ids: readonly string[]): Promise<Map<string, Item>> {
  const seen = await table.heads(ids, false);
  // What is seen of a moment ago may say that a run has not ended, never that it has.
  const open = ids.filter((id) => {
    const head = seen.get(id);
    return head === undefined || isFresh(head);
  });
  const heads = open.length === 0 ? new Map<string, Item>() : await table.heads(open, true);
  return new Map([...heads].filter(([, head]) => isFresh(head)));
}

/** Gives runs that are fresh a place in `wake`. One that has ended meanwhile, or has one, stays as it is. */
export async function place(table: DynamoTable, ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      try {
        const update = new UpdateItemCommand(placeOf(id, table.name));
        await untilClear(() => table.client.send(update), table.pause);
      } catch (error) {
        refusedBy(error);
      }
    }),
  );
}

/** One search for fresh runs: which to look at, and how far it came. */
export class Looks {
  readonly #table: DynamoTable;
  readonly #now: number;
  /** For each age: runs that were created by then have been looked at. A later look counts for those before it, so the first is the furthest. */
  readonly #looked: number[];
  readonly #before: string;

  private constructor(table: DynamoTable, now: number, looked: readonly number[]) {
    this.#table = table;
    this.#now = now;
    this.#looked = [...looked];
    this.#before = JSON.stringify(looked);
  }

  /** Goes on where the last one came to. */
  static async begin(table: DynamoTable, now: number): Promise<Looks> {
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: table.name, Key: standingKey, ConsistentRead: true }),
    );
    const looked = JSON.parse(Item?.data?.S ?? "[]") as readonly number[];
    return new Looks(
      table,
      now,
      lookedAtAges.map((_, at) => looked[at] ?? none),
    );
  }

  /** Where the runs of each look are: those of an age that a later look sees, too, are seen by that one alone. */
  #ranges(): readonly (readonly [from: number, to: number])[] {
    const ends = lookedAtAges.map((age) => freshCreatedAt(this.#now) - age);
    return ends.map((to, at) => [Math.max(this.#looked[at] ?? none, ends[at + 1] ?? none) + 1, to] as const);
  }

  lanes(): Lane[] {
    return this.#ranges().flatMap(([from, to]) => freshLanes(from, to));
  }

  /** These spots have been looked at, and all others at their places or in front of them. */
  looked(spots: readonly Spot[]): void {
    const latest = freshCreatedAt(this.#now) - againMs;
    const ranges = this.#ranges();
    for (const created of spots.map(({ at }) => freshCreatedAt(at))) {
      const look = ranges.findIndex(([from, to]) => created >= from && created <= to);
      for (let at = 0; at <= look; at++)
        this.#looked[at] = Math.max(this.#looked[at] ?? none, Math.min(created, latest));
    }
  }

  /** Writes down how far it came. */
  async end(): Promise<void> {
    const text = JSON.stringify(this.#looked);
    if (text === this.#before) return;
    await this.#table.client.send(
      new PutItemCommand({ TableName: this.#table.name, Item: { ...standingKey, data: { S: text } } }),
    );
  }
}
