/**
 * Fresh runs: those that nothing has given a place in `wake`. The timer finds them in the list, by when they were created.
 *
 * A run that ends soon after its creation never has a place in time, which would cost a unit to make and one to take away.
 * In its place the timer looks at the head of each run when it could be due: half a read unit. Whoever has not ended by then gets a
 * place in `wake`, and is found there. An hour and a day later it looks at the list again. An hour of it that has the runs that the first
 * look has seen, and no other, needs no look at heads (`dynamo-sums.ts`); of one that has another the heads are looked at.
 *
 * Owns:      how far it has looked, and what it has seen of each hour: one item.
 * Invariant: F1 it is written down that a run has been looked at only once the run has ended, has no time to wake, or is in `wake`.
 *            F2 an entry that an index shows late is found by a later look: nothing rests on an index being up to date.
 *            F3 a run whose head a later look leaves out is one of an hour of which the first look has seen all runs that are there.
 *               Whatever else has happened (a look that was cut off or overtaken, runs that are erased) makes sums differ, and heads are looked at.
 */
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { isFinished } from "../../engine/run.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import { beginOf, endOf, HourSums, hourOf } from "./dynamo-sums.ts";
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

/** The same of dead letters: none is fresh, but each was seen, or is to be, by another look while it was none. */
const deadLanes = (from: number, to: number): Lane[] =>
  to < from
    ? []
    : partitions.dead.map((shard) => ({
        index: listIndex,
        shard,
        from,
        to,
        place: freshWakeAt,
        isDead: true,
      }));

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
  /** What the first look has seen of each hour that is not a day old. */
  readonly #seen: HourSums;
  /** What each later look has seen by now of hours that it has not seen to their end. */
  readonly #again: readonly HourSums[];
  /** Where the first look had come to when this search began. */
  readonly #first: number;
  readonly #before: string;

  private constructor(table: DynamoTable, now: number, item: Item | undefined) {
    this.#table = table;
    this.#now = now;
    const looked = JSON.parse(item?.data?.S ?? "[]") as readonly number[];
    this.#looked = lookedAtAges.map((_, at) => looked[at] ?? none);
    this.#first = this.#looked[0] ?? none;
    this.#seen = new HourSums(item?.seen?.S);
    const again = item?.again?.S?.split("|") ?? [];
    this.#again = lookedAtAges.slice(1).map((_, at) => new HourSums(again[at]));
    this.#before = JSON.stringify(this.#state);
  }

  get #state() {
    const again = this.#again.map(({ text }) => text).join("|");
    return { data: { S: JSON.stringify(this.#looked) }, seen: { S: this.#seen.text }, again: { S: again } };
  }

  /** Goes on where the last one came to. */
  static async begin(table: DynamoTable, now: number): Promise<Looks> {
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: table.name, Key: standingKey, ConsistentRead: true }),
    );
    return new Looks(table, now, Item);
  }

  /** What was created by then is old enough for each look. */
  get #ends(): readonly number[] {
    return lookedAtAges.map((age) => freshCreatedAt(this.#now) - age);
  }

  /** Where the runs of each look are: those of an age that a later look sees, too, are seen by that one alone. */
  #ranges(): readonly (readonly [from: number, to: number])[] {
    const ends = this.#ends;
    return ends.map((to, at) => [Math.max(this.#looked[at] ?? none, ends[at + 1] ?? none) + 1, to] as const);
  }

  lanes(): Lane[] {
    return this.#ranges().flatMap(([from, to], look) => {
      const isCompared =
        look === 0 || this.#seen.hours.some((hour) => endOf(hour) >= from && beginOf(hour) <= to);
      return [...freshLanes(from, to), ...(isCompared ? deadLanes(from, to) : [])];
    });
  }

  /** Which of the looks a run of this age belongs to; -1: to none. */
  #lookFor(created: number): number {
    return this.#ranges().findIndex(([from, to]) => created >= from && created <= to);
  }

  /** Will the sum of its hour tell whether a later look is needed? Not where the first look did not come to in its time. */
  #isSummed(created: number, look: number): boolean {
    return look > 0 && created <= this.#first && this.#seen.has(hourOf(created));
  }

  /** Those of these spots whose heads are to be looked at. */
  unknown(spots: readonly Spot[]): readonly Spot[] {
    return spots.filter(({ at, index, isDead }) => {
      if (index !== listIndex) return true;
      const created = freshCreatedAt(at);
      return isDead !== true && !this.#isSummed(created, this.#lookFor(created));
    });
  }

  /** These spots have been looked at, or are known, and all others at their places or in front of them. */
  looked(spots: readonly Spot[]): void {
    const latest = freshCreatedAt(this.#now) - againMs;
    const looks = spots.map(({ at }) => this.#lookFor(freshCreatedAt(at)));
    for (const [n, { at: place, id }] of spots.entries()) {
      const [created, look = none] = [freshCreatedAt(place), looks[n]];
      if (look === 0 && created <= latest) this.#seen.add(created, id);
      else if (this.#isSummed(created, look)) this.#again[look - 1]?.add(created, id);
      for (let at = 0; at <= look; at++)
        this.#looked[at] = Math.max(this.#looked[at] ?? none, Math.min(created, latest));
    }
  }

  /** All there is has been walked through: hours that have been seen to their end are compared, and what differs is for the next search. */
  done(): void {
    const ends = this.#ends;
    const isOver = (hour: number, look: number): boolean => endOf(hour) <= (ends[look] ?? none);
    for (const [at, sums] of this.#again.entries()) {
      const over = sums.hours.filter((hour) => isOver(hour, at + 1));
      const other = Math.min(...over.filter((hour) => !sums.isSame(hour, this.#seen)));
      for (const hour of over) sums.forget(hour);
      if (other === Number.POSITIVE_INFINITY) continue;
      // It goes back there, so that what it has seen behind that hour would count twice.
      sums.clear();
      this.#seen.forget(other);
      this.#looked[at + 1] = Math.min(this.#looked[at + 1] ?? none, beginOf(other) - 1);
    }
    for (const hour of this.#seen.hours) if (isOver(hour, ends.length - 1)) this.#seen.forget(hour);
  }

  /** Writes down how far it came. */
  async end(): Promise<void> {
    const state = this.#state;
    if (JSON.stringify(state) === this.#before) return;
    await this.#table.client.send(
      new PutItemCommand({ TableName: this.#table.name, Item: { ...standingKey, ...state } }),
    );
  }
}
