/**
 * Slots of queues in DynamoDB: `engine/slots.ts` on items.
 *
 * A claim is a transaction of pool and head, so who is held is in the pool, and a start is noted with the claim that it is.
 * Giving back is the head first and the pool after it; parking is the parked run's item first and a second look at the pool
 * after it. What a crash leaves in between is found by the first tick of the timer behind a lease: it makes the first parked
 * run of such a pool due, and rings for it; its claim tends the pool.
 *
 * Invariant: a pool changes only from the version that was read.
 */
import {
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Later, Written } from "../../engine/ports.ts";
import { isShared, limitIn, type QueueSettings, totalIn } from "../../engine/queues.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { calledBy, isCalled, parked, putOff } from "../../engine/slots.ts";
import { backOffMs, refusals, refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, type Item, toRun } from "./keys.ts";
import { PoolCalls } from "./pool-calls.ts";
import {
  hashOf,
  idOf,
  memberOf,
  type Place,
  type Pool,
  placeIn,
  sharedPlace,
  waiterItem,
  waiterOf,
  waiterPrefix,
} from "./pool-items.ts";
import { hasHold, slotFor } from "./pool-slots.ts";
import { type PoolChange, PoolTable, poolTries } from "./pool-table.ts";

/** How soon a pool with parked runs is looked after: as soon as a run whose pass died, so that nobody waits longer. */
const tendMs = 30_000;
/** Parked runs that are looked at in one go. */
const atOnce = 25;

export class Pools {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #calls: PoolCalls;
  readonly #mayCall: boolean;

  constructor(table: DynamoTable) {
    this.#table = table;
    this.#pools = new PoolTable(table);
    this.#calls = new PoolCalls(table, this.#pools);
    this.#mayCall = table.callsParked;
  }

  settings(queue: string): Promise<QueueSettings> {
    return this.#calls.settings(queue);
  }

  /** Claims a run that is in a queue of which something is counted. `headUpdate` is the claim's own update. */
  async claim(
    run: Run,
    settings: QueueSettings,
    headUpdate: UpdateItemCommandInput,
    writer: string,
    now: number,
  ): Promise<Written> {
    const place = placeIn(run, isShared(settings));
    for (let attempt = 0; attempt < poolTries; attempt++) {
      const pool = await this.#pools.read(place);
      const slot = slotFor(run, pool, settings, now);
      if (typeof slot === "object") {
        const answer = await this.#claimWith(run, pool, slot, headUpdate, writer);
        if (answer !== undefined) return this.#claimed(answer, place, settings, now);
        await this.#table.pause(backOffMs(Math.min(attempt, 4)));
        continue;
      }
      const isToTend = slot === undefined && (pool.tendAt ?? now + 1) <= now;
      const found = isToTend ? await this.#tend(pool, now) : [];
      const isFreed = isToTend && found.length === 0;
      if (isFreed && slotFor(run, await this.#pools.read(place), settings, now) !== undefined) continue;
      return this.#put(run, pool, settings, slot, now, found);
    }
    throw new Error(`The queue ${run.queue} of run ${run.id} changes all the time.`);
  }

  /** Behind a start under a rate, the next one is called for its time. */
  async #claimed(answer: Written, place: Place, { rate }: QueueSettings, now: number): Promise<Written> {
    const isPaced = answer.applied && rate !== undefined && this.#mayCall;
    const others = isPaced ? await this.#calls.call(place, now) : [];
    return { ...answer, ...calledBy(undefined, others, now) };
  }

  /** The head after a change that left nobody holding it. Gives whom its slot was given to. */
  async gave(run: Run, now: number): Promise<Later[]> {
    if (isCalled(run)) return [];
    const own = placeIn(run, false);
    const shared = placeIn(run, true);
    const place = !(await this.#leave(run, own)) && (await this.#leave(run, shared)) ? shared : own;
    return this.#mayCall ? this.#calls.call(place, now) : [];
  }

  /** Takes a run out of a pool, unless it was taken or called again since `run` was read: then the place is another's. */
  #leave(run: Run, place: Place): Promise<boolean> {
    const member = memberOf(place, run);
    return this.#pools.change(place, async ({ held, called, ahead }) => {
      if (!held.has(member) && !called.has(member) && !ahead.has(member)) return undefined;
      const head = await this.#table.item(headKey(run.id));
      const { epoch, turn } = head === undefined ? run : toRun(head);
      const isSame = epoch === run.epoch && turn === run.turn;
      return isSame ? { drop: { held: [member], called: [member], ahead: [member] } } : undefined;
    });
  }

  /** Calls whoever may come after a queue's limit was changed; who may call nobody wakes them, and they claim for themselves. */
  async callAll(queue: string, now: number): Promise<Later[]> {
    const shares = isShared(await this.settings(queue));
    const found: Later[] = [];
    for await (const waiting of this.#calls.firsts(sharedPlace(queue), "")) {
      const place = shares ? sharedPlace(queue) : { queue, hash: hashOf(waiting) };
      found.push(...(await (this.#mayCall ? this.#calls.call(place, now) : this.#wakeFirst(place, now))));
      if (shares) break;
    }
    return found;
  }

  async #wakeFirst(place: Place, now: number): Promise<Later[]> {
    const pool = await this.#pools.read(place);
    const settings = await this.settings(place.queue);
    const limits = [limitIn(settings), totalIn(settings)].filter((limit) => limit !== undefined);
    const room = Math.min(atOnce, ...limits.map((limit) => limit - pool.held.size - pool.called.size));
    const waiting = room <= 0 ? [] : await this.#pools.query(place.queue, waiterPrefix(place), room);
    // The others are the next tick's.
    if (waiting.length > 0) await this.#pools.schedule(place, now);
    const woken: Later[] = [];
    for (const runId of waiting.map(waiterOf))
      if ((await this.#wakeParked(runId, now)) === "woken") woken.push({ runId, at: now });
    return woken;
  }

  /**
   * Makes the first parked run of each pool that is to be looked after due: whoever works on it tends the pool. Gives those
   * runs: nobody else rings for them, and the index may not have them yet.
   */
  async wake(now: number): Promise<string[]> {
    const woken: string[] = [];
    for (const pool of await this.#pools.due(now)) {
      const waiting = await this.#pools.query(pool.queue, waiterPrefix(pool), atOnce);
      const ids = [...waiting.map(waiterOf), ...[...pool.called].map(idOf)];
      if (ids.length === 0) await this.#rest(pool, now);
      // A paused queue costs the timer a look and nobody a claim.
      if (limitIn(await this.settings(pool.queue)) === 0) continue;
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
    return (await this.#calls.turnTo({ ...run, wakeAt: now }, "parked")) ? "woken" : "due";
  }

  /** Nobody waits: the pool is looked after no more. Who has begun to wait meanwhile may have found it looked after still. */
  async #rest(place: Place, now: number): Promise<void> {
    await this.#pools.schedule(place, undefined);
    const waiting = await this.#pools.query(place.queue, waiterPrefix(place), 1);
    if (waiting.length > 0) await this.#pools.schedule(place, now + tendMs);
  }

  /** Takes out who is not held any more, and calls who may come. */
  async #tend(place: Place, now: number): Promise<Later[]> {
    const found: Later[] = [];
    await this.#pools.change(place, async ({ held, called, ahead }) => {
      const runs = new Map<string, Run>();
      for (const member of new Set([...held, ...called, ...ahead.keys()])) {
        const head = await this.#table.item(headKey(idOf(member)));
        if (head !== undefined) runs.set(member, toRun(head));
      }
      const isGone = (run: Run | undefined): boolean => run === undefined || isFinished(run.status);
      const drop = {
        held: [...held].filter((member) => isGone(runs.get(member)) || !hasHold(runs.get(member))),
        called: [...called].filter((member) => isGone(runs.get(member))),
        ahead: [...ahead.keys()].filter((member) => isGone(runs.get(member))),
      };
      for (const member of new Set([...called, ...ahead.keys()])) {
        const run = runs.get(member);
        const at = Math.max(now, ahead.get(member) ?? now);
        if (run?.turn === "parked" && (await this.#calls.callHead(run, at, now)))
          found.push({ runId: run.id, at });
      }
      return Object.values(drop).some((members) => members.length > 0) ? { drop } : undefined;
    });
    found.push(...(await this.#calls.call(place, now)));
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

  /** A run that may not be claimed now: it waits for its time, if it was called for one, or parks. */
  async #put(
    run: Run,
    pool: Pool,
    settings: QueueSettings,
    at: number | undefined,
    now: number,
    others: readonly Later[],
  ): Promise<Written> {
    const member = memberOf(pool, run);
    const isKnown = pool.ahead.has(member) || pool.called.has(member);
    const waits = putOff(isKnown ? { ...run, turn: "later" } : run, at);
    if (waits.turn === "parked") return this.#park(run, pool, settings, now, others);
    const { applied, head } = await this.#putTurn(waits);
    const after = head && (await this.#table.run(head));
    const full = applied ? ({ isFull: true } as const) : {};
    return { applied: false, run: after, ...full, ...calledBy(applied ? waits : undefined, others, now) };
  }

  async #putTurn(run: Run): Promise<{ readonly applied: boolean; readonly head: Item | undefined }> {
    try {
      const update = new UpdateItemCommand(turnUpdate(run, this.#table.name, undefined));
      return { applied: true, head: (await this.#table.client.send(update)).Attributes };
    } catch (error) {
      return { applied: false, head: refusedBy(error) ?? undefined };
    }
  }

  async #park(
    run: Run,
    pool: Pool,
    settings: QueueSettings,
    now: number,
    others: readonly Later[],
  ): Promise<Written> {
    const { client, name } = this.#table;
    const member = memberOf(pool, run);
    // The limit is lower than when it was called, or left work to this pass.
    if (pool.called.has(member) || pool.held.has(member) || pool.ahead.has(member))
      await this.#leave(run, pool);
    await client.send(new PutItemCommand({ TableName: name, Item: waiterItem(run) }));
    await this.#pools.schedule(pool, now + tendMs, true);
    const { applied, head } = await this.#putTurn(parked(run));
    const after = head && (await this.#table.run(head));
    if (!applied) return { applied, run: after, ...calledBy(undefined, others, now) };
    // Who gave a slot back since the pool was read may not have seen this run waiting.
    const seen = await this.#pools.read(pool);
    const at = seen.ahead.get(member) ?? now;
    const isCalledAlready =
      (seen.called.has(member) || seen.ahead.has(member)) &&
      (await this.#calls.callHead(parked(run), at, now));
    const found = [
      ...others,
      ...(isCalledAlready ? [{ runId: run.id, at }] : []),
      ...(await this.#calls.call(pool, now)),
    ];
    const isOwn = found.some(({ runId }) => runId === run.id) && settings.rate !== undefined;
    const item = isOwn ? await this.#table.item(headKey(run.id)) : undefined;
    const last = item === undefined ? after : await this.#table.run(item);
    return { applied: false, run: last, isFull: true, ...calledBy(undefined, found, now) };
  }
}
