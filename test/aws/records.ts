/**
 * What was called, and what it cost: DynamoDB's own figures, indexes included.
 *
 * Invariant: a write whose condition failed reports no capacity and costs at least one unit: counted so. A condition
 *            check in a transaction reports none either; AWS bills two.
 */
import type { Action } from "./call.ts";
import { isObject, type Json, type JsonObject, list, object } from "./json.ts";
import type { Reply } from "./replies.ts";

/** Capacity units of a call. */
export interface Units {
  readonly write: number;
  readonly read: number;
  /** The part of `write` that indexes cost, by index. */
  readonly indexes: Readonly<Record<string, number>>;
}

/** A call that was made. */
export interface CallRecord {
  readonly number: number;
  /** Unix milliseconds, and how long it took. */
  readonly at: number;
  readonly ms: number;
  /** Logical id of the calling function. */
  readonly caller: string;
  readonly service: string;
  readonly action: string;
  /** The item's key, the queue or the secret, for people. */
  readonly subject: string;
  readonly parameters: JsonObject;
  /** `answered`, an error's name, `cut` or `killed`. */
  readonly outcome: string;
  readonly units: Units;
}

const nothing: Units = { write: 0, read: 0, indexes: {} };
const reads = new Set(["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"]);

/** The units of a call by the reply that DynamoDB gave. */
export function unitsOf({ service, name, parameters }: Action, reply: Reply): Units {
  if (service !== "dynamodb") return nothing;
  if (reply.error === "ConditionalCheckFailedException") return { ...nothing, write: 1 };
  const parts = list(parameters.TransactItems);
  if (reply.error === "TransactionCanceledException") return { ...nothing, write: 2 * parts.length };
  if (reply.error !== undefined) return nothing;
  const body = JSON.parse(reply.body.toString("utf8")) as JsonObject;
  const used = list(body.ConsumedCapacity).map((each) => object(each, "ConsumedCapacity"));
  const total = sum(used.map(({ CapacityUnits }) => Number(CapacityUnits ?? 0)));
  if (reads.has(name)) return { ...nothing, read: total };
  const checks = parts.filter((part) => isObject(part) && part.ConditionCheck !== undefined).length;
  return { write: total + 2 * checks, read: 0, indexes: indexUnits(used) };
}

function indexUnits(used: readonly JsonObject[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { GlobalSecondaryIndexes } of used) {
    for (const [name, units] of Object.entries(object(GlobalSecondaryIndexes, "indexes"))) {
      found[name] = (found[name] ?? 0) + Number(object(units as Json, name).CapacityUnits ?? 0);
    }
  }
  return found;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** All units of a list of calls. */
export function totalUnits(records: readonly CallRecord[]): Units {
  const indexes: Record<string, number> = {};
  for (const { units } of records)
    for (const [name, each] of Object.entries(units.indexes)) indexes[name] = (indexes[name] ?? 0) + each;
  return {
    write: sum(records.map(({ units }) => units.write)),
    read: sum(records.map(({ units }) => units.read)),
    indexes,
  };
}

/** A list of calls as lines, for a failing test to print. */
export const linesOf = (records: readonly CallRecord[]): string[] =>
  records.map(
    ({ caller, action, subject, outcome, units }) =>
      `${caller} ${action} ${subject} ${outcome} w${units.write} r${units.read}`,
  );
