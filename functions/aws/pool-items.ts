/**
 * The items of queues with a limit, all in the partition of their queue.
 *
 * | Item | pk | sk |
 * |---|---|---|
 * | limit of a queue, and what people say of it | `queue#<name>` | `limit` |
 * | pool: who is held, who is called, when runs were started | `queue#<name>` | `pool#<hash of the concurrency key>` |
 * | the same, where all keys share a total or a rate | `queue#<name>` | `pool#*` |
 * | a parked run | `queue#<name>` | `wait#<hash of the key>#<place, 16 digits>#<run id>` |
 *
 * Their names are in the partition `queues`. A pool with parked runs is in the index `wake` under `q#0`: the timer looks after it.
 */
import { createHash } from "node:crypto";
import { waitsAt } from "../../engine/gates.ts";
import type { RateLimit } from "../../engine/queues.ts";
import type { Run } from "../../engine/run.ts";
import { placeOf } from "../../engine/slots.ts";
import type { Item, Key } from "./keys.ts";
import { keysIn, type PoolSettings } from "./pool-keys.ts";

/** The partition of `wake` that pools are in. */
export const poolShard = "q#0";

/** A pool, by its name. */
export interface Place {
  readonly queue: string;
  /** Hash of the concurrency key; `*`: of all keys. */
  readonly hash: string;
}

/** A pool as it was read. Its members are runs' ids; in one of all keys with the hash of the key before them. */
export interface Pool extends Place {
  readonly held: ReadonlySet<string>;
  readonly called: ReadonlySet<string>;
  /** Those called to be started under a rate, now or later, and for when. */
  readonly ahead: ReadonlyMap<string, number>;
  /** When runs were started, earliest first. */
  readonly starts: readonly number[];
  /** Of all keys: the hash of the key that was called last. */
  readonly last: string;
  /** When the pool is to be looked after: somebody has been parked for long. */
  readonly tendAt: number | undefined;
  /** Raised by each change; 0: there is no item yet. */
  readonly version: number;
}

const allKeys = "*";

/** The hash of a concurrency key; "-" of none. */
export const hashed = (key: string | undefined): string =>
  key === undefined ? "-" : createHash("sha256").update(key).digest("base64url").slice(0, 22);

/** The pool of a run in a queue, that one which it waits for: of its key, or of all keys of its queue. */
export const placeIn = (run: Run, shares: boolean, queue = waitsAt(run) ?? ""): Place => ({
  queue,
  hash: shares ? allKeys : hashed(run.concurrencyKey),
});

/** The pool of all keys. */
export const sharedPlace = (queue: string): Place => ({ queue, hash: allKeys });
export const isSharedPlace = ({ hash }: Place): boolean => hash === allKeys;

/** A run as a member of a pool. */
export const memberOf = (place: Place, { id, concurrencyKey }: Run): string =>
  isSharedPlace(place) ? `${hashed(concurrencyKey)}#${id}` : id;
/** What all members of the run's key in a pool begin with. */
export const keyPrefix = (place: Place, member: string): string =>
  isSharedPlace(place) ? member.slice(0, member.indexOf("#") + 1) : "";
/** The run of a member. */
export const idOf = (member: string): string => member.slice(member.indexOf("#") + 1);

const key = (queue: string, sk: string): Key => ({ pk: { S: `queue#${queue}` }, sk: { S: sk } });

export const limitKey = (queue: string): Key => key(queue, "limit");
/** The item by which a queue is listed. */
export const nameItem = (queue: string): Item => ({ pk: { S: namesPartition }, sk: { S: queue } });
export const namesPartition = "queues";

/** What a queue's item says; undefined: no code has told of it. */
export function toSettings(item: Item | undefined): PoolSettings | undefined {
  if (item === undefined) return undefined;
  const { slots, rate, paused, keys } = item;
  const numbers = ["total", "override", "overriddenAt", "totalOverride", "totalOverriddenAt"].flatMap(
    (name) => (item[name]?.N === undefined ? [] : [[name, Number(item[name].N)]]),
  );
  return {
    base: slots?.N === undefined ? undefined : Number(slots.N),
    ...Object.fromEntries(numbers),
    ...(rate?.S === undefined ? {} : { rate: JSON.parse(rate.S) as RateLimit }),
    isPaused: paused?.BOOL === true,
    ...(keys?.S === undefined ? {} : { keys: keysIn(keys.S) }),
  };
}

export const poolKey = ({ queue, hash }: Place): Key => key(queue, `pool#${hash}`);
/** What the items of the runs begin with that wait for a slot of the pool. */
export const waiterPrefix = (place: Place): string =>
  isSharedPlace(place) ? "wait#" : `wait#${place.hash}#`;
/** Behind the items of one key; `undefined`: before those of any. */
export const behindKey = (hash: string | undefined): string =>
  hash === undefined ? "wait#" : `wait#${hash}$`;

/** Places may be below zero: a run with much priority. */
const placeBase = 1e15;

/** The item of a parked run; its epoch tells whether the run has been taken since. */
export function waiterItem(run: Run): Item {
  const place = String(Math.round(placeOf(run) + placeBase)).padStart(16, "0");
  const at = key(waitsAt(run) ?? "", `${waiterPrefix(placeIn(run, false))}${place}#${run.id}`);
  return { ...at, epoch: { N: String(run.epoch) } };
}

/** The run that a parked run's item is for. */
export const waiterOf = (item: Item): string => item.sk?.S?.split("#").slice(3).join("#") ?? "";
/** The hash of its key. */
export const hashOf = (item: Item): string => item.sk?.S?.split("#")[1] ?? "";
/** Its epoch when it was parked: 0 for one that has not been started. */
export const epochOf = (item: Item): number => Number(item.epoch?.N ?? 0);
/** The parked run as a member of a pool. */
export const waitingMember = (place: Place, item: Item): string =>
  isSharedPlace(place) ? `${hashOf(item)}#${waiterOf(item)}` : waiterOf(item);

/** Times as one short text. */
export const timesText = (times: readonly number[]): string => times.map((at) => at.toString(36)).join(",");
const timesIn = (text: string | undefined): number[] =>
  text === undefined || text === "" ? [] : text.split(",").map((at) => Number.parseInt(at, 36));

/** Members with their times as a set of texts. */
export const aheadTexts = (ahead: ReadonlyMap<string, number>): string[] =>
  [...ahead].map(([member, at]) => `${at.toString(36)}@${member}`);
const aheadIn = (texts: readonly string[] = []): Map<string, number> =>
  new Map(
    texts.map((text) => {
      const at = text.indexOf("@");
      return [text.slice(at + 1), Number.parseInt(text.slice(0, at), 36)];
    }),
  );

/** The pool of an item; one that is not there is empty. */
export function toPool(place: Place, item: Item | undefined): Pool {
  return {
    ...place,
    held: new Set(item?.held?.SS),
    called: new Set(item?.called?.SS),
    ahead: aheadIn(item?.ahead?.SS),
    starts: timesIn(item?.starts?.S),
    last: item?.last?.S ?? "",
    tendAt: item?.wakeAt === undefined ? undefined : Number(item.wakeAt.N),
    version: Number(item?.version?.N ?? 0),
  };
}

/** The pool that an item is of, by its key. */
export const placeOfItem = ({ pk, sk }: Item): Place => ({
  queue: pk?.S?.slice("queue#".length) ?? "",
  hash: sk?.S?.slice("pool#".length) ?? "",
});
