/**
 * The items of queues with a limit, all in the partition of their queue.
 *
 * | Item | pk | sk |
 * |---|---|---|
 * | limit of a queue, and what people say of it | `queue#<name>` | `limit` |
 * | pool: who is held, who is called | `queue#<name>` | `pool#<hash of the concurrency key>` |
 * | a parked run | `queue#<name>` | `wait#<hash of the key>#<place, 16 digits>#<run id>` |
 *
 * Their names are in the partition `queues`. A pool with parked runs is in the index `wake` under `q#0`: the timer looks after it.
 */
import { createHash } from "node:crypto";
import type { QueueSettings } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { placeOf } from "../../engine/slots.ts";
import type { Item, Key } from "./keys.ts";

/** The partition of `wake` that pools are in. */
export const poolShard = "q#0";

/** What of a run says which pool it is in. */
export type Place = Pick<Run, "queue" | "concurrencyKey">;

/** A pool as it was read. */
export interface Pool {
  readonly queue: string;
  readonly concurrencyKey: string | undefined;
  readonly held: ReadonlySet<string>;
  readonly called: ReadonlySet<string>;
  /** When the pool is to be looked after: somebody has been parked for long. */
  readonly tendAt: number | undefined;
  /** Raised by each change; 0: there is no item yet. */
  readonly version: number;
}

const hashed = (key: string | undefined): string =>
  key === undefined ? "-" : createHash("sha256").update(key).digest("base64url").slice(0, 22);

const key = (queue: string, sk: string): Key => ({ pk: { S: `queue#${queue}` }, sk: { S: sk } });

export const limitKey = (queue: string): Key => key(queue, "limit");
/** The item by which a queue is listed. */
export const nameItem = (queue: string): Item => ({ pk: { S: namesPartition }, sk: { S: queue } });
export const namesPartition = "queues";

/** What a queue's item says; undefined: no code has told of it. */
export function toSettings(item: Item | undefined): QueueSettings | undefined {
  if (item === undefined) return undefined;
  const { slots, override, overriddenAt, paused } = item;
  return {
    base: slots?.N === undefined ? undefined : Number(slots.N),
    ...(override?.N === undefined ? {} : { override: Number(override.N) }),
    ...(overriddenAt?.N === undefined ? {} : { overriddenAt: Number(overriddenAt.N) }),
    isPaused: paused?.BOOL === true,
  };
}

export const poolKey = ({ queue = "", concurrencyKey }: Place): Key =>
  key(queue, `pool#${hashed(concurrencyKey)}`);
export const waiterPrefix = ({ concurrencyKey }: Place): string => `wait#${hashed(concurrencyKey)}#`;

/** Places may be below zero: a run with much priority. */
const placeBase = 1e15;

/** The item of a parked run; its epoch tells whether the run has been taken since. */
export function waiterItem(run: Run): Item {
  const place = String(Math.round(placeOf(run) + placeBase)).padStart(16, "0");
  const at = key(run.queue ?? "", `${waiterPrefix(run)}${place}#${run.id}`);
  return { ...at, epoch: { N: String(run.epoch) } };
}

/** The run that a parked run's item is for. */
export const waiterOf = (item: Item): string => item.sk?.S?.split("#").slice(3).join("#") ?? "";

/** The pool of an item; one that is not there is empty. */
export function toPool(place: Place, item: Item | undefined): Pool {
  return {
    queue: item?.queue?.S ?? place.queue ?? "",
    concurrencyKey: item?.concurrencyKey?.S ?? place.concurrencyKey,
    held: new Set(item?.held?.SS),
    called: new Set(item?.called?.SS),
    tendAt: item?.wakeAt === undefined ? undefined : Number(item.wakeAt.N),
    version: Number(item?.version?.N ?? 0),
  };
}
