/**
 * Keys of runs: put with a new head, and given to a run that is there. Loaded with the first key.
 *
 * Invariant: a key that holds is nobody else's, unless its run is gone.
 */
import { PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { RunKey } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { refusals, refusedBy, untilClear } from "./dynamo-faults.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { headKey, type Item, idempotencyItem } from "./keys.ts";

/** A key that a run is created with. */
interface Asked extends RunKey {
  readonly isSecond: boolean;
}

/** What came of a put: the head that counts. */
export interface Put {
  readonly there: Item;
  readonly isSecond?: true;
}

/** Keys that point to runs which are gone, one after the other. */
const keyTries = 5;

/** Puts a key for a run, unless it holds; `gone`: a run that had it and is there no more. */
function keyPut(
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

/** Puts head and keys together. Gives the head that counts, or a key and the id of a run that had it and is gone. */
async function putWithKeys(
  table: DynamoTable,
  run: Run,
  head: Item,
  keys: readonly Asked[],
  gone: ReadonlyMap<string, string>,
): Promise<Put | { readonly gone: readonly [key: string, runId: string] }> {
  const puts = [
    {
      TableName: table.name,
      Item: head,
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    },
    ...keys.map((each) => keyPut(table.name, each, run.createdAt, run.id, gone.get(each.key))),
  ];
  try {
    // One command for each try: the SDK gives each a token of its own, and repeats a lost one under the same.
    const put = () =>
      table.client.send(new TransactWriteItemsCommand({ TransactItems: puts.map((Put) => ({ Put })) }));
    await untilClear(put, table.pause);
    return { there: head };
  } catch (error) {
    const [sameId, ...sameKeys] = refusals(error);
    if (sameId) return { there: sameId };
    const at = sameKeys.findIndex((each) => each !== undefined);
    const owner = sameKeys[at]?.runId?.S ?? "";
    const there = await table.item(headKey(owner));
    if (there === undefined) return { gone: [keys[at]?.key ?? "", owner] };
    return { there, ...(keys[at]?.isSecond === true ? { isSecond: true as const } : {}) };
  }
}

/** Puts a head and its keys, or gives the head that is there. */
export async function putKeyed(
  table: DynamoTable,
  run: Run,
  head: Item,
  keys: readonly Asked[],
): Promise<Put> {
  const gone = new Map<string, string>();
  for (let attempt = 0; attempt < keyTries * keys.length; attempt++) {
    const answer = await putWithKeys(table, run, head, keys, gone);
    if ("there" in answer) return answer;
    gone.set(...answer.gone);
  }
  throw new Error(`The keys of run ${run.id} change all the time.`);
}

/** `Store.adopt`: one put; where another run has the key, a look at that run. */
export async function adoptKey(table: DynamoTable, key: RunKey, now: number, runId: string): Promise<string> {
  let gone: string | undefined;
  for (let attempt = 0; attempt < keyTries; attempt++) {
    const put = new PutItemCommand(keyPut(table.name, key, now, runId, gone));
    try {
      await untilClear(() => table.client.send(put), table.pause);
      return runId;
    } catch (error) {
      const owner = refusedBy(error)?.runId?.S ?? "";
      if (owner === runId || (await table.item(headKey(owner))) !== undefined) return owner;
      gone = owner;
    }
  }
  throw new Error(`The key of run ${runId} changes all the time.`);
}
