/**
 * Tables on DynamoDB Local for the tests of the adapters, and what calls on them cost.
 *
 * Owns:      one database for each test file (an access key is a database), one table for each store.
 * Invariant: tables are made from `tableDefinition`, as a deployment's are.
 */
import { randomUUID } from "node:crypto";
import { type ConsumedCapacity, DeleteTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { inject } from "vitest";
import { makeDynamoClient } from "../../functions/aws/clients.ts";
import { type DynamoStore, dynamoStore } from "../../functions/aws/dynamo-store.ts";
import type { DynamoOptions } from "../../functions/aws/dynamo-table.ts";
import { createTable } from "./create-table.ts";

const endpoint = inject("dynamodb");

/** False where there is no Java: tests on DynamoDB Local are skipped, as the set-up has said. */
export const hasDynamo = endpoint !== undefined;

const database = `FILE${randomUUID().replaceAll("-", "")}`;

/** A client of this file's database. */
export function makeClient(): DynamoDBClient {
  const client = makeDynamoClient({
    region: "eu-central-1",
    credentials: { accessKeyId: database, secretAccessKey: "none" },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  // Tests put middlewares of their own between calls.
  Object.assign(client.config, { cacheMiddleware: false });
  return client;
}

/** A store in a table of its own. */
export interface OpenTable {
  readonly store: DynamoStore;
  readonly client: DynamoDBClient;
  readonly table: string;
  close(): Promise<void>;
}

/** Makes a table and a store on it. */
export async function openTable(
  options: Partial<DynamoOptions> = {},
  client: DynamoDBClient = makeClient(),
): Promise<OpenTable> {
  const table = `t${randomUUID()}`;
  await client.send(createTable(table));
  return {
    store: dynamoStore({ client, table, ...options }),
    client,
    table,
    async close() {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}

/** Who needs attention: whom, when, and whether nobody has rung for it. */
export async function wakesOf(store: DynamoStore, now: number, until: number, limit = 10) {
  const found: { runId: string; at: number; isUnrung?: true }[] = [];
  for await (const { run, ...rest } of store.wakes(now, until, limit))
    found.push({ runId: run.id, at: run.wakeAt, ...rest });
  return found;
}

/** Units, by what they were for. */
export interface Units {
  readonly table: number;
  readonly wake: number;
  readonly runs: number;
  /** Absent: none. */
  readonly batches?: number;
  readonly calls: readonly string[];
}

/** Notes what each call of a client costs, from DynamoDB's own words; a refused one costs a unit for each of its items, which it does not say. */
export function meter(client: DynamoDBClient): { take(): Units } {
  let spent: { command: string; capacity: ConsumedCapacity | undefined }[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = (context.commandName ?? "").replace("Command", "");
      const capacityOf = (output: unknown) => {
        const { ConsumedCapacity: found } = output as {
          ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
        };
        return Array.isArray(found) ? found[0] : found;
      };
      Object.assign(args.input, { ReturnConsumedCapacity: "INDEXES" });
      const { TransactItems: items = [] } = args.input as { readonly TransactItems?: readonly unknown[] };
      try {
        const answer = await next(args);
        const capacity = capacityOf(answer.output);
        // Each item of a transaction is two units at least: DynamoDB Local says four for three of them.
        const table = { CapacityUnits: Math.max(capacity?.Table?.CapacityUnits ?? 0, 2 * items.length) };
        spent.push({ command, capacity: { ...capacity, Table: table } });
        return answer;
      } catch (error) {
        const capacity = { Table: { CapacityUnits: Math.max(1, items.length) } };
        spent.push({ command: `${command} refused`, capacity });
        throw error;
      }
    },
    { step: "initialize", name: "meter" },
  );
  const sum = (index: string) =>
    spent.reduce(
      (all, { capacity }) => all + (capacity?.GlobalSecondaryIndexes?.[index]?.CapacityUnits ?? 0),
      0,
    );
  return {
    take() {
      const table = spent.reduce((all, { capacity }) => all + (capacity?.Table?.CapacityUnits ?? 0), 0);
      const units = {
        table,
        wake: sum("wake"),
        runs: sum("runs"),
        ...(sum("batches") > 0 && { batches: sum("batches") }),
        calls: spent.map(({ command }) => command),
      };
      spent = [];
      return units;
    },
  };
}
