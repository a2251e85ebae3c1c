/** Slots in DynamoDB, one operation after the other: see `test/contract/slots-model.ts`. */
import { describe } from "vitest";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoSchedules } from "../../functions/aws/dynamo-schedules.ts";
import { slotModel } from "../contract/slots-model.ts";
import type { Tested } from "../contract/store.ts";
import { hasDynamo, openTable } from "./table.ts";

async function dynamo(): Promise<Tested> {
  const { store, client, table, close } = await openTable();
  return {
    store,
    desk: dynamoQueues({ client, table }),
    schedules: dynamoSchedules({ client, table }),
    fencesAppends: false,
    close,
  };
}

describe.skipIf(!hasDynamo)("slots in DynamoDB", () => {
  slotModel("DynamoDB", dynamo, { numRuns: 2, steps: 40 });
});
