/**
 * Schedules in the project's table: all in one partition, since they are read together, once a minute.
 *
 * | Item | pk | sk |
 * |---|---|---|
 * | a schedule | `schedules` | its id |
 *
 * Costs: a move is one write unit and touches no index. A look is half a read unit for each 4 KB, some twenty schedules.
 *
 * Invariant: an item changes only from one revision to the next; a put whose answer was lost knows its own.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { type Schedule, type Schedules, scheduleText } from "../../engine/schedules.ts";
import { refusedBy } from "./dynamo-faults.ts";

const partition = { S: "schedules" } as const;

type Item = Record<string, AttributeValue>;

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });

function itemOf({ id, task, cron, timezone, due, last, revision, form }: Schedule): Item {
  return {
    pk: partition,
    sk: text(id),
    task: text(task),
    cron: text(cron),
    timezone: text(timezone),
    ...(due === undefined ? {} : { due: number(due) }),
    ...(last === undefined ? {} : { last: number(last) }),
    revision: number(revision),
    form: number(form),
  };
}

function scheduleOf({ sk, task, cron, timezone, due, last, revision, form }: Item): Schedule {
  return {
    id: sk?.S ?? "",
    task: task?.S ?? "",
    cron: cron?.S ?? "",
    timezone: timezone?.S ?? "",
    ...(due?.N === undefined ? {} : { due: Number(due.N) }),
    ...(last?.N === undefined ? {} : { last: Number(last.N) }),
    revision: Number(revision?.N),
    form: Number(form?.N),
  };
}

/** The schedules in a table made from `tableDefinition`. */
export function dynamoSchedules(options: {
  readonly client: DynamoDBClient;
  readonly table: string;
}): Schedules {
  const { client, table: TableName } = options;

  async function all(): Promise<readonly Schedule[]> {
    const found: Schedule[] = [];
    for (let ExclusiveStartKey: Item | undefined; ; ) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": partition },
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      found.push(...Items.map(scheduleOf));
      if (LastEvaluatedKey === undefined) return found;
      ExclusiveStartKey = LastEvaluatedKey;
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

  return { all, put };
}
