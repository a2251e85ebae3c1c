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
import { gatesOf, stagesOf, waitsAt } from "../../engine/gates.ts";
import type { Later, Written } from "../../engine/ports.ts";
import { isCounted, isShared, type QueueSettings } from "../../engine/queues.ts";
import { isFinished, type Run } from "../../engine/run.ts";
import { calledBy, isCalled } from "../../engine/slots.ts";
import { backOffMs } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, toRun } from "./keys.ts";
import { PoolCalls } from "./pool-calls.ts";
import { claimWith, type Looked, type Slot, type Stopped, transact } from "./pool-claims.ts";
import { hashOf, idOf, type Place, placeIn, sharedPlace, waiterPrefix } from "./pool-items.ts";
import { ofKey } from "./pool-keys.ts";
import { PoolParking, tendMs } from "./pool-parking.ts";
import { hasHold, slotFor } from "./pool-slots.ts";
import { PoolTable, poolTries } from "./pool-table.ts";
import { PoolWaking } from "./pool-waking.ts";

export class Pools {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #calls: PoolCalls;
  readonly #parking: PoolParking;
  readonly #waking: PoolWaking;
  readonly #mayCall: boolean;

  constructor(table: DynamoTable) {
    this.#table = table;
    this.#pools = new PoolTable(table);
    this.#calls = new PoolCalls(table, this.#pools);
    this.#parking = new PoolParking(table, this.#pools, this.#calls);
    this.#waking = new PoolWaking(table, this.#pools, this.#calls);
    this.#mayCall = table.callsParked;
  }

  /** What is said of the queue that the run waits for, as it counts for the run's key. */
  async settings(run: Run, now: number): Promise<QueueSettings> {
    const settings = await this.#calls.settings(waitsAt(run) ?? "");
    return ofKey(settings, placeIn(run, false).hash, now);
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
      if (answer !== undefined)
        return stopped === undefined ? this.#claimed(answer, run, slots, now) : answer;
      await this.#table.pause(backOffMs(Math.min(attempt, 4)));
    }
    throw new Error(`The queue ${run.queue} of run ${run.id} changes all the time.`);
  }

  /** The slots that the run may take now, in order, and where it is stopped. */
  async #look(run: Run, known: Map<string, QueueSettings>, now: number): Promise<Looked> {
    const slots: Slot[] = [];
    for (const stage of stagesOf(run)) {
      const queue = waitsAt(stage) ?? "";
      const settings = known.get(queue) ?? (await this.settings(stage, now));
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

  async #claimed(answer: Written, run: Run, slots: readonly Slot[], now: number): Promise<Written> {
    const others = answer.applied ? await this.#paced(slots, now, run.turn === "parked") : [];
    return { ...answer, ...calledBy(undefined, others, now) };
  }

  /**
   * Behind a start under a rate, the next one is called for its time. Where a run finds room that nobody had called it for, a limit
   * has risen: there may be room for others.
   */
  async #paced(slots: readonly Slot[], now: number, isUncalled = false): Promise<Later[]> {
    const found: Later[] = [];
    for (const { pool, settings } of slots)
      if ((settings.rate !== undefined || isUncalled) && this.#mayCall)
        found.push(...(await this.#calls.call(pool, now)));
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
    const settings = await this.#calls.settings(queue);
    const shares = isShared(settings);
    const found: Later[] = [];
    for await (const waiting of this.#calls.firsts(sharedPlace(queue), "")) {
      const place = shares ? sharedPlace(queue) : { queue, hash: hashOf(waiting) };
      const more = this.#mayCall
        ? this.#calls.call(place, now)
        : this.#waking.first(place, place, settings, now);
      found.push(...(await more));
      if (shares) break;
    }
    return found;
  }

  /** The same after the limit of one key was changed. */
  async callKey(queue: string, hash: string, now: number): Promise<Later[]> {
    const settings = await this.#calls.settings(queue);
    const own = { queue, hash };
    const place = isShared(settings) ? sharedPlace(queue) : own;
    return this.#mayCall ? this.#calls.call(place, now) : this.#waking.first(place, own, settings, now);
  }

  /** Wakes those who look after their pools: `PoolWaking`. */
  wake(now: number, until: number): Promise<string[]> {
    return this.#waking.wake(now, until);
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
    else await this.#waking.rest(place, now);
    return found;
  }
}
