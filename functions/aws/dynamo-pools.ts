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
import type { UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { Gate } from "../../engine/gate.ts";
import { gatesOf, stagesOf, waitsAt } from "../../engine/gates.ts";
import type { Later, Written } from "../../engine/ports.ts";
import { isCounted, isShared, limitIn, type QueueSettings, totalIn } from "../../engine/queues.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { calledBy, isCalled } from "../../engine/slots.ts";
import { backOffMs } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, toRun } from "./keys.ts";
import { PoolCalls } from "./pool-calls.ts";
import { claimWith, type Looked, type Slot, type Stopped, transact } from "./pool-claims.ts";
import {
  hashOf,
  idOf,
  type Place,
  type Pool,
  placeIn,
  sharedPlace,
  waiterOf,
  waiterPrefix,
} from "./pool-items.ts";
import { PoolParking, tendMs } from "./pool-parking.ts";
import { hasHold, slotFor } from "./pool-slots.ts";
import { PoolTable, poolTries } from "./pool-table.ts";

/** Parked runs that are looked at in one go. */
const atOnce = 25;
/** Pools that one tick looks after: the others are the next one's. Nobody waits for that but where a ring or a process got lost. */
const poolsPerTick = 1_000;

export class Pools {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #calls: PoolCalls;
  readonly #parking: PoolParking;
  readonly #mayCall: boolean;

  constructor(table: DynamoTable) {
    this.#table = table;
    this.#pools = new PoolTable(table);
    this.#calls = new PoolCalls(table, this.#pools);
    this.#parking = new PoolParking(table, this.#pools, this.#calls);
    this.#mayCall = table.callsParked;
  }

  settings(queue: string): Promise<QueueSettings> {
    return this.#calls.settings(queue);
  }

  /** Claims a run that is in a queue of which something is counted, or under several limits. `headUpdate` is the claim's own update. */
  async claim(
    run: Run,
    settings: QueueSettings,
    headUpdate: UpdateItemCommandInput,
    writer: string,
    now: number,
  ): Promise<Written> {
    const known = new Map([[run.queue ?? "", settings]]);
    for (let attempt = 0; attempt < poolTries; attempt++) {
      const { slots, stopped } = await this.#look(run, known, now);
      const answer =
        stopped === undefined
          ? await claimWith(this.#table, this.#pools, slots, headUpdate, { runId: run.id, writer })
          : await this.#stop(run, slots, stopped, now);
      if (answer === "freed") continue;
      if (answer !== undefined) return stopped === undefined ? this.#claimed(answer, slots, now) : answer;
      await this.#table.pause(backOffMs(Math.min(attempt, 4)));
    }
    throw new Error(`The queue ${run.queue} of run ${run.id} changes all the time.`);
  }

  /** The slots that the run may take now, in order, and where it is stopped. */
  async #look(run: Run, known: Map<string, QueueSettings>, now: number): Promise<Looked> {
    const slots: Slot[] = [];
    for (const stage of stagesOf(run)) {
      const queue = waitsAt(stage) ?? "";
      const settings = known.get(queue) ?? (await this.settings(queue));
      known.set(queue, settings);
      if (!isCounted(settings)) continue;
      const pool = await this.#pools.read(placeIn(stage, isShared(settings)));
      const slot = slotFor(stage, pool, settings, now);
      if (typeof slot !== "object") return { slots, stopped: { run: stage, pool, settings, slot } };
      slots.push({ pool, change: slot, settings });
    }
    return { slots, stopped: undefined };
  }

  /** The run waits for a slot. "freed": there is one now; undefined: a pool that it goes through has changed meanwhile. */
  async #stop(
    run: Run,
    slots: readonly Slot[],
    stopped: Stopped,
    now: number,
  ): Promise<Written | "freed" | undefined> {
    const { run: stage, pool, settings, slot } = stopped;
    const isToTend = slot === undefined && (pool.tendAt ?? now + 1) <= now;
    const found = isToTend ? await this.#tend(pool, now) : [];
    const isFreed = isToTend && found.length === 0;
    if (isFreed && slotFor(stage, await this.#pools.read(pool), settings, now) !== undefined) return "freed";
    if (slots.length === 0) return this.#put(run, stopped, now, found);
    const standing = { ...stage, turn: undefined };
    // The timer finds it until it waits: a crash in between loses nothing.
    const head = turnUpdate({ ...standing, wakeAt: run.wakeAt ?? now }, this.#table.name, undefined);
    const refused = await transact(this.#table, this.#pools, slots, head);
    if (refused === "again") return undefined;
    if (refused === undefined) {
      const others = [...found, ...(await this.#paced(slots, now))];
      return this.#put(run, { ...stopped, run: standing }, now, others);
    }
    const after = refused === null ? undefined : await this.#table.run(refused);
    return { applied: false, run: after, ...calledBy(undefined, found, now) };
  }

  /** Puts the run into its line. What it kept of the limits behind that one is others' now. */
  async #put(
    run: Run,
    { run: standing, pool, settings, slot }: Stopped,
    now: number,
    others: readonly Later[],
  ): Promise<Written> {
    const answer = await this.#parking.put(standing, pool, settings, slot, now, others);
    const keptAll = run.gate === undefined && run.turn === "called" && run.limits !== undefined;
    if (!keptAll || answer.run === undefined) return answer;
    const { called = [], later = [] } = answer;
    const given = await this.#gaveBehind(answer.run, standing.gate ?? 0, now);
    return {
      ...answer,
      ...calledBy(undefined, [...called.map((runId) => ({ runId, at: now })), ...later, ...given], now),
    };
  }

  async #gaveBehind(run: Run, gate: number, now: number): Promise<Later[]> {
    const found: Later[] = [];
    for (const queue of gatesOf(run).slice(gate + 1)) found.push(...(await this.#gaveIn(run, queue, now)));
    return found;
  }

  async #claimed(answer: Written, slots: readonly Slot[], now: number): Promise<Written> {
    const others = answer.applied ? await this.#paced(slots, now) : [];
    return { ...answer, ...calledBy(undefined, others, now) };
  }

  /** Behind a start under a rate, the next one is called for its time. */
  async #paced(slots: readonly Slot[], now: number): Promise<Later[]> {
    const found: Later[] = [];
    for (const { pool, settings } of slots)
      if (settings.rate !== undefined && this.#mayCall) found.push(...(await this.#calls.call(pool, now)));
    return found;
  }

  /** The head after a change that left nobody holding it. Gives whom its slots were given to. */
  async gave(run: Run, now: number): Promise<Later[]> {
    return isCalled(run) ? [] : this.#gaveBehind(run, -1, now);
  }

  async #gaveIn(run: Run, queue: string, now: number): Promise<Later[]> {
    const own = placeIn(run, false, queue);
    const shared = placeIn(run, true, queue);
    const leaves = (place: Place): Promise<boolean> => this.#parking.leave(run, place);
    const place = !(await leaves(own)) && (await leaves(shared)) ? shared : own;
    return this.#mayCall ? this.#calls.call(place, now) : [];
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
      if ((await this.#wakeParked(runId, place, now)) === "woken") woken.push({ runId, at: now });
    return woken;
  }

  /**
   * Makes the first parked run of each pool that is to be looked after due: whoever works on it tends the pool. Gives those
   * runs: nobody else rings for them, and the index may not have them yet.
   */
  async wake(now: number): Promise<string[]> {
    const gate = new Gate(atOnce);
    const pools = await this.#pools.due(now, poolsPerTick);
    const woken = await Promise.all(pools.map((pool) => gate.through(() => this.#wakeOne(pool, now))));
    return woken.flatMap((id) => id ?? []);
  }

  async #wakeOne(pool: Pool, now: number): Promise<string | undefined> {
    const waiting = await this.#pools.query(pool.queue, waiterPrefix(pool), atOnce);
    const ids = [...waiting.map(waiterOf), ...[...pool.called].map(idOf)];
    if (ids.length === 0) await this.#rest(pool, now);
    // A paused queue costs nobody a claim, and the pools of others their place among those looked after as little.
    else if (limitIn(await this.settings(pool.queue)) === 0) {
      await this.#pools.schedule(pool, now + tendMs);
      return undefined;
    }
    for (const id of ids) {
      const found = await this.#wakeParked(id, pool, now);
      if (found !== undefined) return found === "woken" ? id : undefined;
    }
    return undefined;
  }

  /** Makes a parked run due; undefined: it is not parked there. */
  async #wakeParked(id: string, { queue }: Place, now: number): Promise<"woken" | "due" | undefined> {
    const head = await this.#table.item(headKey(id));
    const run = head && toRun(head);
    if (run?.turn !== "parked" || waitsAt(run) !== queue) return undefined;
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
        held: [...held].filter(
          (member) => isGone(runs.get(member)) || !hasHold(runs.get(member), place.queue),
        ),
        called: [...called].filter((member) => isGone(runs.get(member))),
        ahead: [...ahead.keys()].filter((member) => isGone(runs.get(member))),
      };
      for (const member of new Set([...called, ...ahead.keys()])) {
        const run = runs.get(member);
        const at = Math.max(now, ahead.get(member) ?? now);
        if (
          run?.turn === "parked" &&
          waitsAt(run) === place.queue &&
          (await this.#calls.callHead(run, at, now))
        )
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
}
