/**
 * Inboxes: loaded with the first item that is sent or read, which most runs never do.
 *
 * Invariant: an inbox item is there before the news of it.
 */
import { QueryCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { InboxItem, Store } from "../../engine/ports.ts";
import { refsIn } from "../../engine/spilled.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import { putIfFree } from "./dynamo-journal.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { newsOf } from "./dynamo-write.ts";
import { headKey, type Item, inboxItem, inboxPrefix, runPartition, toInboxItem } from "./keys.ts";

/** Send and inbox. */
export function inboxes(table: DynamoTable): Pick<Store, "send" | "inbox"> {
  let lastPlace = 0;
  /** Later than the one before, in microseconds; between two senders the clock decides, as far as it can. */
  function nextPlace(): number {
    lastPlace = Math.max(lastPlace + 1, Date.now() * 1_000);
    return lastPlace;
  }

  async function send(runId: string, item: InboxItem, now: number): Promise<boolean> {
    // A look at the head first: an item of a run that is not there could not be taken back.
    if ((await table.item(headKey(runId))) === undefined) return false;
    const refs = refsIn(item.data);
    if (refs.length > 0) await table.noteRefs(runId, refs);
    await putIfFree(table, inboxItem(runId, item, nextPlace()));
    try {
      const update = new UpdateItemCommand(newsOf(runId, now, table.name));
      await untilClear(() => table.client.send(update), table.pause);
      return true;
    } catch (error) {
      refusedBy(error);
      return false;
    }
  }

  async function inbox(runId: string): Promise<readonly InboxItem[]> {
    const found: ReturnType<typeof toInboxItem>[] = [];
    let from: Item | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await table.client.send(
        new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":pk": { S: runPartition(runId) }, ":prefix": { S: inboxPrefix } },
          ConsistentRead: true,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      found.push(...Items.map(toInboxItem));
      from = LastEvaluatedKey;
    } while (from !== undefined);
    return found.sort((a, b) => a.place - b.place).map(({ id, data }) => ({ id, data }));
  }

  return { send, inbox };
}
