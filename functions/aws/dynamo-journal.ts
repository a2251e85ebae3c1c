/**
 * The journal.
 *
 * Invariant: an entry never changes: it is put if its number is free.
 */
import { PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { Lease } from "../../engine/head-write.ts";
import type { Appended, JournalEntry, Store } from "../../engine/ports.ts";
import { refsIn } from "../../engine/spilled.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { entryItem, entrySortKey, type Item, runPartition, toEntry } from "./keys.ts";

/** Characters of journal text in a page. DynamoDB ends one at a megabyte of items; unpacked they may be many. */
const pageChars = 1_000_000;

/** Puts an item if its key is free. Undefined: it was; else what is there. */
export async function putIfFree(table: DynamoTable, item: Item): Promise<Item | undefined> {
  const put = new PutItemCommand({
    TableName: table.name,
    Item: item,
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  try {
    await untilClear(() => table.client.send(put), table.pause);
    return undefined;
  } catch (error) {
    return refusedBy(error) ?? undefined;
  }
}

/** Append and journal. The log holds the fence itself, so that an append is one put that looks at no head. */
export function journals(table: DynamoTable): Pick<Store, "append" | "journal"> {
  async function append(lease: Lease, entry: JournalEntry): Promise<Appended> {
    const refs = refsIn(entry.data);
    if (refs.length > 0) await table.noteRefs(lease.runId, refs);
    const there = await putIfFree(table, entryItem(lease.runId, entry));
    if (there === undefined) return { outcome: "appended" };
    const kept = toEntry(there);
    const isSame = kept.epoch === entry.epoch && kept.data === entry.data;
    return isSame ? { outcome: "appended" } : { outcome: "taken", entry: kept };
  }

  async function journal(runId: string, after: number) {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: {
          ":pk": { S: runPartition(runId) },
          ":first": { S: entrySortKey(after + 1) },
          ":last": { S: entrySortKey(Number.POSITIVE_INFINITY) },
        },
        ConsistentRead: true,
      }),
    );
    const entries: JournalEntry[] = [];
    for (let chars = 0; entries.length < Items.length && chars < pageChars; ) {
      const entry = toEntry(Items[entries.length] ?? {});
      entries.push(entry);
      chars += entry.data.length;
    }
    return { entries, more: LastEvaluatedKey !== undefined || entries.length < Items.length };
  }

  return { append, journal };
}
