/**
 * Who is woken to look after a pool, in DynamoDB: by the timer, and by whoever raises a limit and may call nobody.
 *
 * Invariant: it changes nothing but when a parked run looks again; that run's claim finds what is true.
 */
import { Gate } from "../../engine/gate.ts";
import { waitsAt } from "../../engine/gates.ts";
import type { Later } from "../../engine/ports.ts";
import { isInForce, limitIn, totalIn } from "../../engine/queues.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { headKey, toRun } from "./keys.ts";
import type { PoolCalls } from "./pool-calls.ts";
import { idOf, isSharedPlace, type Place, type Pool, waiterOf, waiterPrefix } from "./pool-items.ts";
import { ofKey, type PoolSettings } from "./pool-keys.ts";
import { tendMs } from "./pool-parking.ts";
import type { PoolTable } from "./pool-table.ts";

/** Parked runs that are looked at in one go. */
const atOnce = 25;
/** Pools that one tick looks after: the others are the next one's. Nobody waits for that but where a ring or a process got lost. */
const poolsPerTick = 1_000;

export class PoolWaking {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #calls: PoolCalls;

  constructor(table: DynamoTable, pools: PoolTable, calls: PoolCalls) {
    this.#table = table;
    this.#pools = pools;
    this.#calls = calls;
  }

  /** Makes parked runs of a pool due, as many as there is room for: all its runs, or those of one key (`own`). */
  async first(place: Place, own: Place, settings: PoolSettings, now: number): Promise<Later[]> {
    const room = Math.min(atOnce, roomIn(await this.#pools.read(place), own, settings, now));
    const waiting = room <= 0 ? [] : await this.#pools.query(own.queue, waiterPrefix(own), room);
    // The others are the next tick's.
    if (waiting.length > 0) await this.#pools.schedule(place, now);
    const woken: Later[] = [];
    for (const runId of waiting.map(waiterOf))
      if ((await this.#wakeParked(runId, place, now)) === "woken") woken.push({ runId, at: now });
    return woken;
  }

  /**
   * Makes the first parked run of each pool that is to be looked after due: whoever works on it tends the pool. Where a key's own
   * limit ends before the next look (`until`), the first of that key is made due for then. Gives those runs: nobody else rings for
   * them, and the index may not have them yet.
   */
  async wake(now: number, until: number): Promise<string[]> {
    const gate = new Gate(atOnce);
    const pools = await this.#pools.due(now, poolsPerTick);
    const woken = await Promise.all(pools.map((pool) => gate.through(() => this.#wakeOne(pool, now, until))));
    return woken.flat();
  }

  async #wakeOne(pool: Pool, now: number, until: number): Promise<readonly string[]> {
    const waiting = await this.#pools.query(pool.queue, waiterPrefix(pool), atOnce);
    const ids = [...waiting.map(waiterOf), ...[...pool.called].map(idOf)];
    if (ids.length === 0) {
      await this.rest(pool, now);
      return [];
    }
    const settings = await this.#calls.settings(pool.queue);
    const later = await this.#wakeEnding(pool, settings, now, until);
    // A queue or a key that is paused costs nobody a claim, and the pools of others their place among those looked after as little.
    if (isBlocked(settings, pool, now)) {
      await this.#pools.schedule(pool, now + tendMs);
      return later;
    }
    for (const id of ids.filter((each) => !later.includes(each))) {
      const found = await this.#wakeParked(id, pool, now);
      if (found !== undefined) return found === "woken" ? [...later, id] : later;
    }
    return later;
  }

  /** The first parked run of each key whose own limit ends, due for then. */
  async #wakeEnding(
    pool: Pool,
    { keys }: PoolSettings,
    now: number,
    until: number,
  ): Promise<readonly string[]> {
    const woken: string[] = [];
    for (const [hash, { expiresAt: at }] of keys ?? []) {
      const isOfPool = isSharedPlace(pool) || hash === pool.hash;
      if (!isOfPool || at <= now || at > until) continue;
      const [first] = await this.#pools.query(pool.queue, waiterPrefix({ queue: pool.queue, hash }), 1);
      const id = first && waiterOf(first);
      if (id !== undefined && (await this.#wakeParked(id, pool, at)) === "woken") woken.push(id);
    }
    return woken;
  }

  /** Makes a parked run due for a time; undefined: it is not parked there. */
  async #wakeParked(id: string, { queue }: Place, at: number): Promise<"woken" | "due" | undefined> {
    const head = await this.#table.item(headKey(id));
    const run = head && toRun(head);
    if (run?.turn !== "parked" || waitsAt(run) !== queue) return undefined;
    if ((run.wakeAt ?? at + 1) <= at) return "due";
    return (await this.#calls.turnTo({ ...run, wakeAt: at }, "parked")) ? "woken" : "due";
  }

  /** Nobody waits: the pool is looked after no more. Who has begun to wait meanwhile may have found it looked after still. */
  async rest(place: Place, now: number): Promise<void> {
    await this.#pools.schedule(place, undefined);
    const waiting = await this.#pools.query(place.queue, waiterPrefix(place), 1);
    if (waiting.length > 0) await this.#pools.schedule(place, now + tendMs);
  }
}

/** Begins nothing of the pool now, whatever is free? */
function isBlocked(settings: PoolSettings, place: Place, now: number): boolean {
  if (settings.isPaused) return true;
  const others = isSharedPlace(place) ? [...(settings.keys ?? [])] : [];
  const hasOwn = others.some(([, override]) => isInForce(override, now) && override.limit > 0);
  return !hasOwn && limitIn(ofKey(settings, place.hash, now)) === 0;
}

/** How many more runs a pool has room for: of one key, or of all together. */
function roomIn(pool: Pool, own: Place, settings: PoolSettings, now: number): number {
  if (isBlocked(settings, own, now)) return 0;
  const taken = [...pool.held, ...pool.called];
  const said = ofKey(settings, own.hash, now);
  const ofAll = (totalIn(said) ?? Number.POSITIVE_INFINITY) - taken.length;
  if (isSharedPlace(own)) return ofAll;
  const isOwn = (member: string): boolean => !isSharedPlace(pool) || member.startsWith(`${own.hash}#`);
  return Math.min(ofAll, (limitIn(said) ?? Number.POSITIVE_INFINITY) - taken.filter(isOwn).length);
}
