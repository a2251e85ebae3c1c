/**
 * Erasing in DynamoDB, loaded by who erases: a run's partition item by item, and behind the last one its head.
 *
 * Costs, in write units: one for each record, inbox item and payload, one for an idempotency key, one or two for the head
 * (itself and the list), and two for each reference to a large value.
 *
 * Invariant: the head goes under the condition that nothing can put the run back to work. What came into the partition
 *            meanwhile (the record of a pass that is long superseded, news for nobody) goes behind it.
 */
import { DeleteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { type Erased, type Erasure, idempotencyText, isErasable } from "../../engine/erasure.ts";
import type { RunStatus } from "../../engine/run.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import {
  coldPrefix,
  entrySortKey,
  headKey,
  type Item,
  idempotencyKeyKey,
  inboxPrefix,
  type Key,
  ownRefPrefix,
  referrerKey,
  refOf,
  runPartition,
  toRun,
  valuePartition,
} from "./keys.ts";

/** Deletes that are under way at once. */
const together = 25;
/** Keys that one query gives. */
const page = 100;
const gone: readonly RunStatus[] = ["COMPLETED", "EXPIRED"];

/** Erases runs of a table. */
export function dynamoErasure(table: DynamoTable): Erasure {
  async function remove(
    key: Key,
    condition: Partial<ConstructorParameters<typeof DeleteItemCommand>[0]> = {},
  ) {
    const command = new DeleteItemCommand({ TableName: table.name, Key: key, ...condition });
    try {
      await untilClear(() => table.client.send(command), table.pause);
      return true;
    } catch (error) {
      refusedBy(error);
      return false;
    }
  }

  async function removeAll(keys: readonly Key[]): Promise<void> {
    for (let at = 0; at < keys.length; at += together)
      await Promise.all(keys.slice(at, at + together).map((key) => remove(key)));
  }

  /** Keys of a partition, from one sort key to another. */
  async function keysIn(pk: string, first: string, last: string, limit: number): Promise<Key[]> {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":first": { S: first }, ":last": { S: last } },
        ProjectionExpression: "pk, sk",
        ConsistentRead: true,
        Limit: limit,
      }),
    );
    return Items.map(({ pk: partition, sk }) => ({ pk: partition ?? { S: pk }, sk: sk ?? { S: "" } }));
  }

  /** Inbox items, then records; gives how many. */
  async function removeRecords(runId: string, most: number): Promise<number> {
    const keys = await keysIn(runPartition(runId), inboxPrefix, entrySortKey(Number.POSITIVE_INFINITY), most);
    await removeAll(keys);
    return keys.length;
  }

  /** What else is beside the head: payloads, and which large values it refers to. */
  async function removeRest(runId: string): Promise<void> {
    const pk = runPartition(runId);
    const ranges = [coldPrefix, ownRefPrefix] as const;
    for (const prefix of ranges) {
      for (;;) {
        const keys = await keysIn(pk, prefix, `${prefix}~`, page);
        const refs = keys.flatMap((key) => refOf(key) ?? []);
        await removeAll(refs.map((ref) => referrerKey(ref, runId)));
        await removeAll(keys);
        if (keys.length < page) break;
      }
    }
  }

  function removeHead(head: Item, runId: string): Promise<boolean> {
    const key = headKey(runId);
    const [first = "", second = ""] = gone;
    return remove(key, {
      ConditionExpression:
        "attribute_not_exists(pk) OR (#status IN (:first, :second) AND attribute_not_exists(wakeAt) AND epoch = :epoch)",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: {
        ":first": { S: first },
        ":second": { S: second },
        ":epoch": head.epoch ?? { N: "0" },
      },
    });
  }

  async function removeKey(text: string, runId: string): Promise<void> {
    await remove(idempotencyKeyKey(text), {
      ConditionExpression: "runId = :run",
      ExpressionAttributeValues: { ":run": { S: runId } },
    });
  }

  async function erase(runId: string, most: number): Promise<Erased> {
    const head = await table.item(headKey(runId));
    const run = head && toRun(head);
    if (run !== undefined && !isErasable(run)) return "kept";
    if ((await removeRecords(runId, most)) >= most) return "more";
    await removeRest(runId);
    if (head === undefined || run === undefined) return "erased";
    const key = idempotencyText(run);
    if (key !== undefined) await removeKey(key, runId);
    if (!(await removeHead(head, runId))) return "kept";
    await removeRecords(runId, most);
    return "erased";
  }

  async function valuesOf(runId: string): Promise<readonly string[]> {
    const own: string[] = [];
    for (let first = ownRefPrefix; ; ) {
      const keys = await keysIn(runPartition(runId), first, `${ownRefPrefix}~`, page);
      for (const ref of keys.flatMap((key) => refOf(key) ?? [])) {
        const referrers = await keysIn(valuePartition(ref), " ", "~", 2);
        if (referrers.every(({ sk }) => sk.S === runPartition(runId))) own.push(ref);
      }
      if (keys.length < page) return own.sort();
      first = `${keys.at(-1)?.sk.S} `;
    }
  }

  return { erase, valuesOf };
}
