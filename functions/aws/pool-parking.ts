/**
 * Runs that find no slot in DynamoDB, and those that give theirs back.
 *
 * Invariant: parking is the parked run's item first and a second look at the pool after it, giving back the head first and the
 * pool after it: whoever parks while a slot is given back is seen by one of the two.
 */
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { standsAt } from "../../engine/gates.ts";
import type { Later, Written } from "../../engine/ports.ts";
import type { QueueSettings } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { calledBy, parked, putOff } from "../../engine/slots.ts";
import { refusedBy } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { turnUpdate } from "./dynamo-write.ts";
import { headKey, type Item, toRun } from "./keys.ts";
import type { PoolCalls } from "./pool-calls.ts";
import { memberOf, type Place, type Pool, waiterItem } from "./pool-items.ts";
import type { PoolTable } from "./pool-table.ts";

/** How soon a pool with parked runs is looked after: as soon as a run whose pass died, so that nobody waits longer. */
export const tendMs = 30_000;

export class PoolParking {
  readonly #table: DynamoTable;
  readonly #pools: PoolTable;
  readonly #calls: PoolCalls;

  constructor(table: DynamoTable, pools: PoolTable, calls: PoolCalls) {
    this.#table = table;
    this.#pools = pools;
    this.#calls = calls;
  }

  /** Takes a run out of a pool, unless it was taken or called again since `run` was read: then the place is another's. */
  leave(run: Run, place: Place): Promise<boolean> {
    const member = memberOf(place, run);
    return this.#pools.change(place, async ({ held, called, ahead }) => {
      if (!held.has(member) && !called.has(member) && !ahead.has(member)) return undefined;
      const head = await this.#table.item(headKey(run.id));
      const seen = head === undefined ? run : toRun(head);
      const isSame = seen.epoch === run.epoch && seen.turn === run.turn;
      // It may wait for another of its limits with this slot.
      return isSame && standsAt(seen, place.queue) !== "held"
        ? { drop: { held: [member], called: [member], ahead: [member] } }
        : undefined;
    });
  }

  /** A run that may not be claimed now: it waits for its time, if it was called for one, or parks. */
  async put(
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
      await this.leave(run, pool);
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
