/**
 * Giving a key to a run that is there: rare, so loaded with its first use.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { RunKey } from "../../engine/ports.ts";
import { refusedBy, untilClear } from "./dynamo-faults.ts";
import { keyPut } from "./dynamo-keys.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { headKey } from "./keys.ts";

/** Keys that point to runs which are gone, one after the other. */
const tries = 5;

/** `Store.adopt`: one put; where another run has the key, a look at that run. */
export async function adoptKey(table: DynamoTable, key: RunKey, now: number, runId: string): Promise<string> {
  let gone: string | undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
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
