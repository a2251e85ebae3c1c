/**
 * Schedules in the project's table. Those of the code are in one partition, since they are read together, once a minute;
 * those made by calls are spread over eight, and over as many of the index `wake`, so that thousands may be due at once.
 *
 * | Item | pk | sk | Index `wake` |
 * |---|---|---|---|
 * | a schedule of the code | `schedules` | its id | |
 * | one made by a call | `schedules#s#<shard>` | its id | `s#<shard>`, due |
 *
 * Costs: a move of the first is one write unit, of the second three. A look at the first is half a read unit for each 4 KB,
 *        some twenty schedules; at the second one query for each shard, and half a unit for each that is due.
 *
 * Invariant: an item changes only from one revision to the next; a put whose answer was lost knows its own.
 */
import {
  type AttributeValue,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import {
  goneForMs,
  type Made,
  madeText,
  type Schedule,
  type Schedules,
  scheduleText,
} from "../../engine/schedules.ts";
import { refusedBy } from "./dynamo-faults.ts";
import { type DynamoOptions, DynamoTable } from "./dynamo-table.ts";
import { type Item, type Key, partitions, scheduleShardOf } from "./keys.ts";

/** What one request reads. */
const partSize = 100;

const declaredPartition = "schedules";
const madePartition = (shard: string): string => `${declaredPartition}#${shard}`;
const keyOf = (pk: string, id: string): Key => ({ pk: text(pk), sk: text(id) });

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });
const numberIn = (value: AttributeValue | undefined): number | undefined =>
  value?.N === undefined ? undefined : Number(value.N);

function itemOf({ id, task, cron, timezone, due, last, revision, form, made }: Schedule): Item {
  const shard = scheduleShardOf(id);
  const { goneAt } = made ?? {};
  return {
    pk: text(made === undefined ? declaredPartition : madePartition(shard)),
    sk: text(id),
    task: text(task),
    cron: text(cron),
    timezone: text(timezone),
    ...(due === undefined || made !== undefined ? {} : { due: number(due) }),
    ...(due === undefined || made === undefined ? {} : { wakeShard: text(shard), wakeAt: number(due) }),
    ...(last === undefined ? {} : { last: number(last) }),
    revision: number(revision),
    form: number(form),
    ...(made === undefined ? {} : { made: text(madeText(made)) }),
    ...(goneAt === undefined ? {} : { ttl: number(Math.ceil((goneAt + goneForMs) / 1_000)) }),
  };
}

function scheduleOf(item: Item): Schedule {
  const { sk, task, cron, timezone, revision, form, made } = item;
  const due = numberIn(item.due ?? item.wakeAt);
  const last = numberIn(item.last);
  return {
    id: sk?.S ?? "",
    task: task?.S ?? "",
    cron: cron?.S ?? "",
    timezone: timezone?.S ?? "",
    ...(due === undefined ? {} : { due }),
    ...(last === undefined ? {} : { last }),
    revision: Number(revision?.N),
    form: Number(form?.N),
    ...(made?.S === undefined ? {} : { made: JSON.parse(made.S) as Made }),
  };
}

const byId = (a: Schedule, b: Schedule): number => Number(a.id > b.id) - Number(a.id < b.id);
const byDue = (a: Schedule, b: Schedule): number => (a.due ?? 0) - (b.due ?? 0);

/** The schedules in a table made from `tableDefinition`. */
export function dynamoSchedules(options: DynamoOptions): Schedules {
  const table = new DynamoTable(options);
  const { client, name: TableName } = table;

  async function* pages(query: Partial<QueryCommandInput>): AsyncGenerator<readonly Item[]> {
    for (let ExclusiveStartKey: Item | undefined; ; ) {
      const start = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({ TableName, ...query, ...start }),
      );
      yield Items;
      if (LastEvaluatedKey === undefined) return;
      ExclusiveStartKey = LastEvaluatedKey;
    }
  }

  async function partition(pk: string): Promise<Schedule[]> {
    const found: Schedule[] = [];
    const query = {
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": text(pk) },
    };
    for await (const items of pages(query)) found.push(...items.map(scheduleOf));
    return found;
  }

  async function all(): Promise<readonly Schedule[]> {
    const names = [declaredPartition, ...partitions.scheduled.map(madePartition)];
    const found = (await Promise.all(names.map(partition))).flat();
    return found.filter(({ made }) => made?.goneAt === undefined).sort(byId);
  }

  async function one(pk: string, id: string): Promise<Schedule | undefined> {
    const found = await table.item(keyOf(pk, id));
    return found && scheduleOf(found);
  }

  /** The index has keys only, and those of a moment ago. */
  async function fresh(keys: readonly Item[], until: number): Promise<Schedule[]> {
    const items = await table.items(
      keys.map(({ pk, sk }) => keyOf(pk?.S ?? "", sk?.S ?? "")),
      true,
    );
    return items
      .map(scheduleOf)
      .filter(({ due }) => due !== undefined && due <= until)
      .sort(byDue);
  }

  /** A page of each shard in turn, so that no shard waits for the end of another. */
  async function* due(until: number): AsyncGenerator<readonly Schedule[]> {
    let open = partitions.scheduled.map((shard) =>
      pages({
        IndexName: "wake",
        KeyConditionExpression: "wakeShard = :shard AND wakeAt <= :until",
        ExpressionAttributeValues: { ":shard": text(shard), ":until": number(until) },
        Limit: partSize,
      }),
    );
    while (open.length > 0) {
      const round = await Promise.all(open.map((shard) => shard.next()));
      open = open.filter((_, at) => round[at]?.done !== true);
      const keys = round.flatMap(({ value }) => (value ?? []) as Item[]);
      for (let at = 0; at < keys.length; at += partSize) {
        const part = await fresh(keys.slice(at, at + partSize), until);
        if (part.length > 0) yield part;
      }
    }
  }

  async function put(schedule: Schedule): Promise<boolean> {
    const isFirst = schedule.revision === 1;
    try {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: itemOf(schedule),
          ConditionExpression: isFirst ? "attribute_not_exists(pk)" : "revision = :before",
          ...(isFirst ? {} : { ExpressionAttributeValues: { ":before": number(schedule.revision - 1) } }),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return true;
    } catch (error) {
      const there = refusedBy(error);
      return there !== null && scheduleText(scheduleOf(there)) === scheduleText(schedule);
    }
  }

  return {
    declared: () => partition(declaredPartition),
    all,
    read: async (id) => (await one(madePartition(scheduleShardOf(id)), id)) ?? one(declaredPartition, id),
    due,
    put,
  };
}
