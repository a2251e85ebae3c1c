/**
 * What lies where in the table: every key, and items to runs, journal entries and inbox items and back.
 *
 * | Item | pk | sk | Index `wake` | Index `runs` | Index `batches` |
 * |---|---|---|---|---|---|
 * | head of a run | `run#<id>` | `head` | `w#<shard>`, wakeAt | `r#<shard>` / `d#<shard>`, createdAt | batchId, batchedAt |
 * | large payload and metadata | `run#<id>` | `cold#<hash>` | | | |
 * | journal entry | `run#<id>` | `j#<number, 8 digits>` | | | |
 * | inbox item | `run#<id>` | `i#<id>` | | | |
 * | reference to a large value | `run#<id>` | `v#<hash>` | | | |
 * | who refers to it | `value#<hash>` | `run#<id>` | | | |
 * | idempotency key | `key#<task>:<key>` | `key` | | | |
 *
 * Owns:      the layout; nobody else knows a key or an attribute that is no field of `Run`.
 * Invariant: K1 a head is in `runs` from its creation on: dead letters under `d#`, all others under `r#`.
 *            K2 a head is in `wake` as long as it has a `wakeAt`, but for a *fresh* one: created to be claimed at once, and
 *            moved by nothing since. Its `wakeAt` is its creation plus `graceMs`, so its place in `runs` tells its time as
 *            well (`dynamo-fresh.ts`): a run that soon ends pays for one entry of one index.
 *            K3 of a batch all runs are in `batches`, or none: those of a batch that its parent waits for are not, since nobody
 *            looks for them there.
 */
import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { graceMs } from "../../engine/new-run.ts";
import type { InboxItem, JournalEntry } from "../../engine/ports.ts";
import { isDeadLetter, type Run, type RunStatus } from "../../engine/run.ts";
import { bytesOf, pack, unpack } from "./packed-text.ts";
import { type Field, fields, fieldsOf, headOf, isResting, toAttribute } from "./run-fields.ts";

/** An item of the table. */
export type Item = Record<string, AttributeValue>;
/** The key of an item. */
export type Key = { readonly pk: AttributeValue; readonly sk: AttributeValue };

/** A partition of an index takes 1,000 units a second: 8 of them put away and end 4,000 runs a second. */
const wakeShards = 8;
/** Each run is written there once. */
export const listShards = 4;

function shardOf(runId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < runId.length; at++) hash = Math.imul(hash ^ runId.charCodeAt(at), 0x01000193);
  return (hash >>> 8) % shards;
}

const all = (prefix: string, shards: number): string[] =>
  Array.from({ length: shards }, (_, shard) => `${prefix}#${shard}`);

/** The partitions of both indexes. */
export const partitions = {
  waking: all("w", wakeShards),
  ordinary: all("r", listShards),
  dead: all("d", listShards),
  scheduled: all("s", wakeShards),
} as const;

/** Where a schedule that was made by a call is, as long as it has a time to come. */
export const scheduleShardOf = (id: string): string => `s#${shardOf(id, wakeShards)}`;
/** Where a run with a `wakeAt` is that is not fresh. */
export const wakeShardOf = (runId: string): string => `w#${shardOf(runId, wakeShards)}`;
/** Where a run of this status is in the list. */
export const listShardOf = (runId: string, status: RunStatus): string =>
  `${isDeadLetter(status) ? "d" : "r"}#${shardOf(runId, listShards)}`;

/** The key of these two. */
export const key = (pk: string, sk: string): Key => ({ pk: { S: pk }, sk: { S: sk } });
/** The partition of a run. */
export const runPartition = (runId: string): string => `run#${runId}`;
/** The head of a run. */
export const headKey = (runId: string): Key => key(runPartition(runId), "head");
/** What the sort keys of a run's large payload and metadata begin with. */
export const coldPrefix = "cold#";
/** A run's large payload and metadata. */
const coldKey = (runId: string, hash: string): Key => key(runPartition(runId), `${coldPrefix}${hash}`);
/** The sort key of a journal entry; `Infinity` is behind all of them. */
export const entrySortKey = (number: number): string =>
  number === Number.POSITIVE_INFINITY ? "j$" : `j#${String(number).padStart(8, "0")}`;
/** What the sort keys of a run's inbox items begin with. */
export const inboxPrefix = "i#";
/** An item of a run's inbox. */
const inboxKey = (runId: string, id: string): Key => key(runPartition(runId), `${inboxPrefix}${id}`);

const longestKey = 1_024;
/** An idempotency key. One too long for a partition key is known by its hash. */
export function idempotencyKeyKey(text: string): Key {
  const short = bytesOf(text) <= longestKey ? text : createHash("sha256").update(text).digest("hex");
  return key(`key#${short}`, "key");
}

/** What the sort keys of a run's references to large values begin with. */
export const ownRefPrefix = "v#";
/** The partition of those that refer to a large value. */
export const valuePartition = (ref: string): string => `value#${ref}`;
/** That a run refers to a large value. */
export const referrerKey = (ref: string, runId: string): Key => key(valuePartition(ref), runPartition(runId));
/** The large value that an item of a run's partition refers to, by its key. */
export const refOf = ({ sk }: Key): string | undefined =>
  sk.S?.startsWith(ownRefPrefix) ? sk.S.slice(ownRefPrefix.length) : undefined;
/** Both items that say that a run refers to a large value. */
export const refItems = (runId: string, ref: string): Item[] => [
  { ...key(runPartition(runId), `${ownRefPrefix}${ref}`) },
  { ...referrerKey(ref, runId) },
];

/** The run that an item, or an entry of an index, belongs to. */
export const runIdOf = (item: Item): string => item.pk?.S?.slice("run#".length) ?? "";

/** The size of an item as DynamoDB bills it. */
export function sizeOf(item: Item): number {
  let size = 0;
  for (const [name, { S, N, B }] of Object.entries(item)) {
    size += name.length;
    if (S !== undefined) size += bytesOf(S);
    else if (N !== undefined) size += Math.ceil(N.length / 2) + 1;
    else size += B?.length ?? 1;
  }
  return size;
}

/** Heads above this size give payload and metadata away: a claim and an end add some 250 bytes, and 1,024 are one unit. */
const coldAbove = 750;
const coldFields = ["payload", "metadata"] as const satisfies readonly Field[];

function attributesOf(run: Run): Item {
  const given = fields.flatMap((field) => {
    const value = run[field];
    return value === undefined || isResting(field, value) ? [] : [[field, toAttribute(field, value)]];
  });
  return Object.fromEntries(given) as Item;
}

/** Is this run waiting for its very first claim, and to be looked for at the usual time? */
const isFresh = (run: Run): boolean => run.status === "QUEUED" && run.wakeAt === run.createdAt + graceMs;

/** When a fresh run was created, by its time to wake. */
export const freshCreatedAt = (wakeAt: number): number => wakeAt - graceMs;
/** When a fresh run is to be looked at, by when it was created. */
export const freshWakeAt = (createdAt: number): number => createdAt + graceMs;

function shardsOf(run: Run): Item {
  const listShard = { S: listShardOf(run.id, run.status) };
  const isFound = run.batchId !== undefined && run.parent === undefined;
  const listed: Item = { listShard, ...(isFound && { batchedAt: { N: String(run.createdAt) } }) };
  if (run.wakeAt === undefined || isFresh(run)) return listed;
  return { ...listed, wakeShard: { S: wakeShardOf(run.id) } };
}

/** The items of a new run. `writer` marks who wrote them. */
export function itemsOf(run: Run, writer: string): { readonly head: Item; readonly cold?: Item } {
  const head: Item = { ...headKey(run.id), ...attributesOf(run), ...shardsOf(run), writer: { S: writer } };
  if (sizeOf(head) <= coldAbove) return { head };
  const cold: Item = {};
  for (const field of coldFields) {
    const value = head[field];
    if (value === undefined) continue;
    cold[field] = value;
    delete head[field];
  }
  const hash = createHash("sha256")
    .update(JSON.stringify(coldFields.map((field) => run[field])))
    .digest("base64url")
    .slice(0, 16);
  return { head: { ...head, cold: { S: hash } }, cold: { ...coldKey(run.id, hash), ...cold } };
}

/** The key of the item that a head's payload and metadata are in, if they are in one of their own. */
export function coldKeyOf(head: Item): Key | undefined {
  const hash = head.cold?.S;
  return hash === undefined ? undefined : coldKey(runIdOf(head), hash);
}

/** The run of a head and its cold item. */
export const toRun = (head: Item, cold?: Item): Run =>
  headOf(runIdOf(head), fieldsOf(cold === undefined ? head : { ...cold, ...head }));

/** Keys, names and epoch of an entry take 59 bytes of its first kilobyte, plus a margin for epochs of many digits. */
const entryPackAbove = 1_024 - 64;

/** The item of a journal entry. */
export function entryItem(runId: string, { number, epoch, data }: JournalEntry): Item {
  const place = key(runPartition(runId), entrySortKey(number));
  return { ...place, epoch: { N: String(epoch) }, data: pack(data, entryPackAbove) };
}

/** The journal entry of an item. */
export function toEntry(item: Item): JournalEntry {
  const number = Number(item.sk?.S?.slice("j#".length));
  return { number, epoch: Number(item.epoch?.N), data: unpack(item.data) ?? "" };
}

/** The item of something put into an inbox; `place` is its order. */
export function inboxItem(runId: string, { id, data }: InboxItem, place: number): Item {
  return { ...inboxKey(runId, id), place: { N: String(place) }, data: pack(data, entryPackAbove) };
}

/** The inbox item of an item, and its order. */
export function toInboxItem(item: Item): InboxItem & { readonly place: number } {
  const id = item.sk?.S?.slice(inboxPrefix.length) ?? "";
  return { id, data: unpack(item.data) ?? "", place: Number(item.place?.N) };
}

/** Keys are deleted a day after their end: late enough for any clock that asks for one. */
const keptAfterEndSeconds = 86_400;

/** The item of an idempotency key. */
export function idempotencyItem(text: string, runId: string, expiresAt: number): Item {
  const ttl = Math.ceil(expiresAt / 1_000) + keptAfterEndSeconds;
  return {
    ...idempotencyKeyKey(text),
    runId: { S: runId },
    expiresAt: { N: String(expiresAt) },
    ttl: { N: String(ttl) },
  };
}
