/**
 * The put of a key's item.
 *
 * Invariant: a key that holds is nobody else's, unless its run is gone.
 */
import type { RunKey } from "../../engine/ports.ts";
import { type Item, idempotencyItem } from "./keys.ts";

/** Puts a key for a run, unless it holds; `gone`: a run that had it and is there no more. */
export function keyPut(
  table: string,
  { key, expiresAt }: RunKey,
  now: number,
  runId: string,
  gone: string | undefined,
) {
  const values: Item = { ":now": { N: String(now) } };
  if (gone !== undefined) values[":gone"] = { S: gone };
  const isFree = "attribute_not_exists(pk) OR expiresAt <= :now";
  return {
    TableName: table,
    Item: idempotencyItem(key, runId, expiresAt),
    ConditionExpression: gone === undefined ? isFree : `${isFree} OR runId = :gone`,
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
}
