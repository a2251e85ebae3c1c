/** Where the sweep stands: one item, whose text is the sweep's own. */
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Progress } from "../sweep.ts";
import type { DynamoOptions } from "./dynamo-table.ts";

const key = { pk: { S: "sweep" }, sk: { S: "progress" } };

/** Keeps it in the table. */
export function dynamoProgress({
  client,
  table: TableName,
}: Pick<DynamoOptions, "client" | "table">): Progress {
  return {
    async read() {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }));
      return Item?.data?.S;
    },
    async write(text) {
      await client.send(new PutItemCommand({ TableName, Item: { ...key, data: { S: text } } }));
    },
  };
}
