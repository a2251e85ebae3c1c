/**
 * Slots of queues in DynamoDB: `engine/slots.ts` on items.
 *
 * A claim is a transaction of pool and head, so who is held is in the pool. Giving back is the head first and the pool
 * after it; parking is the parked run's item first and a second look at the pool after it. What a crash leaves in between
 * is found by the first tick of the timer behind a lease: it makes the first parked run of such a pool due, and rings for it;
 * its claim tends the pool.
 *
 * Invariant: a pool changes only from the version that was read.
 */
import {
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Written } from "../../engine/ports.ts";
import { limitIn, plainQueue } from "../../engine/queues.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { called, free, isCalled, parked } from "../../engine/slots.ts";
import { backOffMs, refusals, refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, type Item, toRun } from "./keys.ts";
import { type Place, type Pool, toPool, waiterItem, waiterOf, waiterPrefix } from "./pool-items.ts";
import { hasHold, slotFor } from "./pool-slots.ts";
import { type PoolChange, PoolTable, poolTries } from "./pool-table.ts";

/** How soon a pool with parked runs is looked after: as soon as a run whose pass died, so that nobody waits longer. */
const tendMs = 30_000;
/** Parked runs that are called in one go. */
const calledAtOnce = 25;

export class Pools {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #mayCall: boolean;

  constructor(table: DynamoTable) {
    this.#table = table;
    this.#pools = new PoolTable(table);
    this.#mayCall = table.callsParked;
  }

  async limitOf(queue: string): Promise<number | undefined> {
    return limitIn((await this.#pools.settings(queue)) ?? plainQueue);
  }

  /** Claims a run that is in a queue. `headUpdate` is the claim's own update; undefined: the queue has no limit. */
  async claim(
    run: Run,
    limit: number,
    headUpdate: UpdateItemCommandInput,
    writer: string,
    now: number,
  ): Promise<Written> {
    for (let attempt = 0; attempt < poolTries; attempt++) {
      const pool = await this.#pools.read(run);
      const change = slotFor(run, pool, limit);
      if (change === undefined && (pool.tendAt ?? now + 1) <= now) {
        const found = await this.#tend(pool, now);
        if (found.length > 0) return { ...(await this.#park(run, pool, now)), called: found };
        if (slotFor(run, await this.#pools.read(run), limit) !== undefined) continue;
      }
      if (change === undefined) return this.#park(run, pool, now);
      const answer = await this.#claimWith(run, pool, change, headUpdate, writer);
      if (answer !== undefined) return answer;
      await this.#table.pause(backOffMs(Math.min(attempt, 4)));
    }
    throw new Error(`The queue ${run.queue} of run ${run.id} changes all the time.`);
  }

  /** The head after a change that left nobody holding it. Gives whom its slot was given to. */
  async gave(run: Run, now: number): Promise<string[]> {
    if (isCalled(run)) return [];
    await this.#leave(run);
    return this.#mayCall ? this.#call(run, now) : [];
  }

  /** Takes a run out of its pool, unless it was taken or called again since `run` was read: then the place is another's. */
  async #leave(run: Run): Promise<void> {
    await this.#pools.change(run, async ({ held, called }) => {
      if (!held.has(run.id) && !called.has(run.id)) return undefined;
      const head = await this.#table.item(headKey(run.id));
      const { epoch, turn } = head === undefined ? run : toRun(head);
      const isSame = epoch === run.epoch && turn === run.turn;
      return isSame ? { drop: { held: [run.id], called: [run.id] } } : undefined;
    });
  }

  /** Calls whoever may come after a queue's limit was changed; who may call nobody wakes them, and they claim for themselves. */
  async callAll(queue: string, now: number): Promise<string[]> {
    const found: string[] = [];
    for (const item of await this.#pools.query(queue, "pool#", 1_000)) {
      const pool = toPool({ queue }, item);
      found.push(...(await (this.#mayCall ? this.#call(pool, now) : this.#wakeFirst(pool, now))));
    }
    return found;
  }

  async #wakeFirst(pool: Pool, now: number): Promise<string[]> {
    const limit = await this.limitOf(pool.queue);
    const room = Math.min(calledAtOnce, free({ limit, held: pool.held.size, called: pool.called.size }));
    const waiting = room === 0 ? [] : await this.#pools.query(pool.queue, waiterPrefix(pool), room);
    // The others are the next tick's.
    if (waiting.length > 0) await this.#pools.schedule(pool, now);
    const woken: string[] = [];
    for (const id of waiting.map(waiterOf)) if ((await this.#wakeParked(id, now)) === "woken") woken.push(id);
    return woken;
  }

  /**
   * Makes the first parked run of each pool that is to be looked after due: whoever works on it tends the pool. Gives those
   * runs: nobody else rings for them, and the index may not have them yet.
   */
  async wake(now: number): Promise<string[]> {
    const woken: string[] = [];
    for (const pool of await this.#pools.due(now)) {
      const waiting = await this.#pools.query(pool.queue, waiterPrefix(pool), calledAtOnce);
      const ids = [...waiting.map(waiterOf), ...pool.called];
      if (ids.length === 0) await this.#rest(pool, now);
      // A paused queue costs the timer a look and nobody a claim.
      if ((await this.limitOf(pool.queue)) === 0) continue;
      for (const id of ids) {
        const found = await this.#wakeParked(id, now);
        if (found === "woken") woken.push(id);
        if (found !== undefined) break;
      }
    }
    return woken;
  }

  /** Makes a parked run due; undefined: it is not parked. */
  async #wakeParked(id: string, now: number): Promise<"woken" | "due" | undefined> {
    const head = await this.#table.item(headKey(id));
    const run = head && toRun(head);
    if (run?.turn !== "parked") return undefined;
    if ((run.wakeAt ?? now + 1) <= now) return "due";
    return (await this.#turnTo({ ...run, wakeAt: now }, "parked")) ? "woken" : "due";
  }

  /** Nobody waits: the pool is looked after no more. Who has begun to wait meanwhile may have found it looked after still. */
  async #rest(place: Pool, now: number): Promise<void> {
    await this.#pools.schedule(place, undefined);
    const waiting = await this.#pools.query(place.queue, waiterPrefix(place), 1);
    if (waiting.length > 0) await this.#pools.schedule(place, now + tendMs);
  }

  /** Takes out who is not held any more, and calls who may come. */
  async #tend(place: Pool, now: number): Promise<string[]> {
    const found: string[] = [];
    await this.#pools.change(place, async ({ held, called }) => {
      const runs = new Map<string, Run>();
      for (const id of [...held, ...called]) {
        const head = await this.#table.item(headKey(id));
        if (head !== undefined) runs.set(id, toRun(head));
      }
      const runOf = (id: string): Run | undefined => runs.get(id);
      const isGone = (run: Run | undefined): boolean => run === undefined || isFinished(run.status);
      const drop = {
        held: [...held].filter((id) => isGone(runOf(id)) || !hasHold(runOf(id))),
        called: [...called].filter((id) => isGone(runOf(id))),
      };
      for (const id of called) {
        const run = runOf(id);
        if (run?.turn === "parked" && (await this.#callHead(run, now))) found.push(id);
      }
      return drop.held.length + drop.called.length > 0 ? { drop } : undefined;
    });
    found.push(...(await this.#call(place, now)));
    const waits = (await this.#pools.query(place.queue, waiterPrefix(place), 1)).length > 0;
    if (waits) await this.#pools.schedule(place, now + tendMs);
    else await this.#rest(place, now);
    return found;
  }

  async #claimWith(
    run: Run,
    pool: Pool,
    change: PoolChange,
    headUpdate: UpdateItemCommandInput,
    writer: string,
  ): Promise<Written | undefined> {
    const { ReturnValues: _, ...head } = headUpdate;
    const transaction = [
      { Update: this.#pools.update(pool, change) },
      { Update: head as Required<typeof head> },
    ];
    try {
      await untilClear(
        () => this.#table.client.send(new TransactWriteItemsCommand({ TransactItems: transaction })),
        this.#table.pause,
      );
    } catch (error) {
      const [, refused] = refusals(error);
      if (refused === undefined) return undefined;
      const after = refused === null ? undefined : await this.#table.run(refused);
      return { applied: refused?.writer?.S === writer, run: after };
    }
    const item = await this.#table.item(headKey(run.id));
    return { applied: true, run: item && (await this.#table.run(item)) };
  }

  async #park(run: Run, pool: Pool, now: number): Promise<Written> {
    const { client, name } = this.#table;
    // The limit is lower than when it was called, or left work to this pass.
    if (pool.called.has(run.id) || pool.held.has(run.id)) await this.#leave(run);
    await client.send(new PutItemCommand({ TableName: name, Item: waiterItem(run) }));
    await this.#pools.schedule(run, now + tendMs, true);
    let head: Item | undefined;
    try {
      const update = new UpdateItemCommand(turnUpdate(parked(run), name, undefined));
      head = (await client.send(update)).Attributes;
    } catch (error) {
      head = refusedBy(error) ?? undefined;
      return { applied: false, run: head && (await this.#table.run(head)) };
    }
    // Who gave a slot back since the pool was read may not have seen this run waiting.
    const { called: callees } = await this.#pools.read(run);
    const isCalledAlready = callees.has(run.id) && (await this.#callHead(parked(run), now));
    const found = [...(isCalledAlready ? [run.id] : []), ...(await this.#call(run, now))];
    const after = head && (await this.#table.run(head));
    return { applied: false, run: after, isFull: true, ...(found.length > 0 ? { called: found } : {}) };
  }

  /** Calls parked runs of a pool, as many as there are free slots. */
  async #call(place: Place, now: number): Promise<string[]> {
    const { queue = "" } = place;
    const found: string[] = [];
    for (;;) {
      const waiting = await this.#pools.query(queue, waiterPrefix(place), calledAtOnce);
      const next = waiting[0];
      if (next === undefined) return found;
      const limit = await this.limitOf(queue);
      const id = waiterOf(next);
      const isChosen = await this.#pools.change(place, ({ held, called }) => {
        if (held.has(id) || called.has(id)) return {};
        return free({ limit, held: held.size, called: called.size }) > 0
          ? { add: { called: id } }
          : undefined;
      });
      if (!isChosen) return found;
      if (await this.#callById(place, next, now)) found.push(id);
      await this.#remove(next);
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

  async #callById(place: Place, item: Item, now: number): Promise<boolean> {
    const id = waiterOf(item);
    const head = await this.#table.item(headKey(id));
    const run = head && toRun(head);
    // Taken since it parked: the item was left there by a process that died, and the run may sleep for days.
    const isOver = run?.turn === undefined && String(run?.epoch) !== (item.epoch?.N ?? String(run?.epoch));
    if (run === undefined || isFinished(run.status) || isOver) {
      await this.#pools.change(place, ({ called }) =>
        called.has(id) ? { drop: { called: [id] } } : undefined,
      );
      return false;
    }
    return run.turn === "parked" && (await this.#callHead(run, now));
  }

  #callHead(run: Run, now: number): Promise<boolean> {
    return this.#turnTo(called(run, now), "parked");
  }

  async #turnTo(run: Run, from: "parked"): Promise<boolean> {
    try {
      await this.#table.client.send(new UpdateItemCommand(turnUpdate(run, this.#table.name, from)));
      return true;
    } catch (error) {
      // It may be this very write, its first answer lost: whoever is called is rung for.
      const turn = refusedBy(error)?.turn?.S;
      return turn === "called" && run.turn === "called";
    }
  }
}

const nothing = { S: "" };
