/** The store on DynamoDB keeps what every store promises. */
import { describe } from "vitest";
import { dynamoQueues } from "../../functions/aws/dynamo-queues.ts";
import { dynamoSchedules } from "../../functions/aws/dynamo-schedules.ts";
import { sameAsMemory } from "../contract/random.ts";
import { storeContract, type Tested } from "../contract/store.ts";
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

describe.skipIf(!hasDynamo)("DynamoDB", () => {
  storeContract("DynamoDB", dynamo);
  sameAsMemory("DynamoDB", dynamo, { isFar: true, numRuns: 30 });
});
