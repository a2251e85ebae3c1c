/** The table's definition as a call that makes it. */
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { type KeyAttribute, tableDefinition } from "../../functions/aws/table.ts";

const { partitionKey, sortKey, indexes } = tableDefinition;
const keySchema = (first: KeyAttribute, second: KeyAttribute) => [
  { AttributeName: first.name, KeyType: "HASH" as const },
  { AttributeName: second.name, KeyType: "RANGE" as const },
];

/** The definition as `CreateTable` wants it. */
export const createTable = (table: string): CreateTableCommand =>
  new CreateTableCommand({
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: keySchema(partitionKey, sortKey),
    AttributeDefinitions: [
      ...new Map(
        [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])].map(
          ({ name, type }) => [name, { AttributeName: name, AttributeType: type }],
        ),
      ).values(),
    ],
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keySchema(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: index.projection },
    })),
  });
