/**
 * Freeing an idempotency key: one write unit.
 *
 * Invariant: asked again because an answer got lost, it gives the same.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { idempotencyKeyKey } from "./keys.ts";

/** `Store.free`. */
export async function freeKey(
  table: DynamoTable,
  text: string,
  now: number,
  runId?: string,
): Promise<string | undefined> {
  const ofRun = runId === undefined ? "" : " AND runId = :run";
  const update = new UpdateItemCommand({
    TableName: table.name,
    Key: idempotencyKeyKey(text),
    UpdateExpression: "SET expiresAt = :now",
    ConditionExpression: `attribute_exists(pk) AND expiresAt > :now${ofRun}`,
    ExpressionAttributeValues: {
      ":now": { N: String(now) },
      ...(runId === undefined ? {} : { ":run": { S: runId } }),
    },
    ReturnValues: "ALL_OLD",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  let owner: string | undefined;
  try {
    owner = (await untilClear(() => table.client.send(update), table.pause)).Attributes?.runId?.S;
  } catch (error) {
    owner = refusedBy(error)?.runId?.S;
  }
  return runId === undefined || owner === runId ? owner : undefined;
}
