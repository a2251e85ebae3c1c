/**
 * Who is called when a slot is free, in DynamoDB: the first parked run of a key, of the keys in turn where they share a pool.
 *
 * Invariant: a member is in the pool before its head says that it was called; what a crash leaves between the two is found
 * by whoever tends the pool.
 */
import { DeleteItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { waitsAt } from "../../engine/gates.ts";
import type { Later } from "../../engine/ports.ts";
import { isShared, plainQueue } from "../../engine/queues.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { calledAt, callsAt } from "../../engine/slots.ts";
import { refusedBy } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, type Item, toRun } from "./keys.ts";
import {
  behindKey,
  epochOf,
  hashOf,
  isSharedPlace,
  type Place,
  sharedPlace,
  waiterOf,
  waiterPrefix,
  waitingMember,
} from "./pool-items.ts";
import { ofKey, type PoolSettings } from "./pool-keys.ts";
import { fullnessOf } from "./pool-slots.ts";
import type { PoolTable } from "./pool-table.ts";

export class PoolCalls {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;

  constructor(table: DynamoTable, pools: PoolTable) {
    this.#table = table;
    this.#pools = pools;
  }

  async settings(queue: string): Promise<PoolSettings> {
    return (await this.#pools.settings(queue)) ?? plainQueue;
  }

  /** Calls parked runs of a pool, as many as may come. */
  async call(place: Place, now: number): Promise<Later[]> {
    const found: Later[] = [];
    const isOfAll = isSharedPlace(place);
    // Mostly nobody waits: then nothing else is read.
    const known = isOfAll ? [] : await this.#pools.query(place.queue, waiterPrefix(place), 1);
    if (!isOfAll && known.length === 0) return found;
    const settings = await this.settings(place.queue);
    const own = isShared(settings) ? sharedPlace(place.queue) : place;
    let next: readonly Item[] | undefined = isSharedPlace(own) ? undefined : known;
    while (await this.#callOne(own, settings, now, found, next)) next = undefined;
    return found;
  }

  /** The first parked run of each key, those behind the key that was called last first; of a key's pool its own alone. */
  async *firsts(place: Place, last: string): AsyncGenerator<Item> {
    if (!isSharedPlace(place)) {
      yield* await this.#pools.query(place.queue, waiterPrefix(place), 1);
      return;
    }
    const start = last === "" ? undefined : last;
    let isOver = start === undefined;
    for (let from = start; ; ) {
      const first = await this.#pools.firstBehind(place.queue, behindKey(from));
      const hash = first && hashOf(first);
      if (isOver && (hash === undefined || (start !== undefined && hash > start))) return;
      if (first !== undefined) yield first;
      isOver ||= first === undefined;
      from = hash;
    }
  }

  /** False: nobody else may come. */
  async #callOne(
    place: Place,
    settings: PoolSettings,
    now: number,
    found: Later[],
    known: readonly Item[] | undefined,
  ): Promise<boolean> {
    const { last } = isSharedPlace(place) ? await this.#pools.read(place) : { last: "" };
    for await (const waiting of known ?? this.firsts(place, last)) {
      const at = await this.#choose(place, waiting, settings, now);
      if (at === undefined) continue;
      if (await this.#callWaiting(place, waiting, at, now)) found.push({ runId: waiterOf(waiting), at });
      await this.#remove(waiting);
      return true;
    }
    return false;
  }

  /** Puts a parked run among those who are called; undefined: there is no room for it. */
  async #choose(
    place: Place,
    waiting: Item,
    settings: PoolSettings,
    now: number,
  ): Promise<number | undefined> {
    const member = waitingMember(place, waiting);
    const epoch = epochOf(waiting);
    let at: number | undefined;
    const isChosen = await this.#pools.change(place, (pool) => {
      const isThere = pool.held.has(member) || pool.called.has(member) || pool.ahead.has(member);
      at = isThere
        ? (pool.ahead.get(member) ?? now)
        : callsAt({ epoch }, fullnessOf(pool, member, ofKey(settings, hashOf(waiting), now)), now);
      if (isThere) return {};
      if (at === undefined) return undefined;
      return {
        ...(at > now ? {} : { add: { called: member } }),
        ...(settings.rate !== undefined && epoch === 0 ? { ahead: { member, at } } : {}),
        ...(isSharedPlace(place) ? { last: hashOf(waiting) } : {}),
      };
    });
    return isChosen ? at : undefined;
  }

  async #callWaiting(place: Place, waiting: Item, at: number, now: number): Promise<boolean> {
    const head = await this.#table.item(headKey(waiterOf(waiting)));
    const run = head && toRun(head);
    // Taken since it parked, or waiting for another of its limits: the item was left there by a process that died, and the run
    // may sleep for days.
    const isTaken = run?.turn === undefined && run?.epoch !== epochOf(waiting);
    const isOver = isTaken || (run !== undefined && waitsAt(run) !== place.queue);
    if (run === undefined || isFinished(run.status) || isOver) {
      const member = waitingMember(place, waiting);
      await this.#pools.change(place, ({ called, ahead }) =>
        called.has(member) || ahead.has(member) ? { drop: { called: [member], ahead: [member] } } : undefined,
      );
      return false;
    }
    return run.turn === "parked" && (await this.callHead(run, at, now));
  }

  /** The head of a parked run, called for this time. */
  callHead(run: Run, at: number, now: number): Promise<boolean> {
    return this.turnTo(calledAt(run, at, now), "parked");
  }

  /** Changes a head's turn from what it is. */
  async turnTo(run: Run, from: Run["turn"]): Promise<boolean> {
    try {
      await this.#table.client.send(new UpdateItemCommand(turnUpdate(run, this.#table.name, from)));
      return true;
    } catch (error) {
      // It may be this very write, its first answer lost: whoever is called is rung for.
      const turn = refusedBy(error)?.turn?.S;
      return turn !== from && turn === run.turn;
    }
  }

  /** The item of a run that was parked. One that it has put there since, parking once more, stays. */
  async #remove({ pk = nothing, sk = nothing, epoch = nothing }: Item): Promise<void> {
    try {
      await this.#table.client.send(
        new DeleteItemCommand({
          TableName: this.#table.name,
          Key: { pk, sk },
          ConditionExpression: "attribute_not_exists(epoch) OR epoch = :epoch",
          ExpressionAttributeValues: { ":epoch": epoch },
        }),
      );
    } catch (error) {
      refusedBy(error);
    }
  }
}

const nothing = { S: "" };
