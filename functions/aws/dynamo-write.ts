/**
 * A `HeadWrite` as one conditional update.
 *
 * Owns:      the words of DynamoDB's expressions for what `applies` and `changed` of `engine/head-write.ts` say.
 * Invariant: D1 an update that does not move a run in time touches no key of `wake`, but for a run's first renewal: a pass that
 *            lasts has a place there, by which the timer finds it. None but one that ends or resumes a dead letter changes a key
 *            of `runs`. So a claim costs exactly one unit, and so does a renewal but the first.
 *            D2 every update leaves its `writer` mark, by which a repeated one knows its own; but one of tags, which anybody may
 *            make meanwhile, and which shows in the tags.
 */
import type { UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { HeadWrite, Queues } from "../../engine/head-write.ts";
import { isFinished, type Run, type RunStatus, statusAfter } from "../../engine/run.ts";
import { type Elsewhere, waitingStatuses } from "../unseen-claim.ts";
import { Expression } from "./expression.ts";
import { headKey, listShardOf, wakeShardOf } from "./keys.ts";
import { type Field, isNeverUnset, toAttribute } from "./run-fields.ts";

/** A change of the heads in some statuses: they all go to one status, or each stays in its own. */
export interface Turn {
  readonly from: readonly RunStatus[];
  readonly to: RunStatus | undefined;
}

/**
 * The statuses a write may meet, by where it takes them: an expression cannot choose. All writes of the engine
 * but `woken` have one turn.
 */
export function turnsOf({ event, when }: HeadWrite): Turn[] {
  const after = (status: RunStatus) => statusAfter(status, event) ?? status;
  const moved = new Set(
    when.status.map(after).filter((to) => when.status.some((s) => s !== to && after(s) === to)),
  );
  const turns: Turn[] = [...moved].map((to) => ({ to, from: when.status.filter((s) => after(s) === to) }));
  const rest = when.status.filter((status) => !moved.has(after(status)));
  return rest.length === 0 ? turns : [...turns, { to: undefined, from: rest }];
}

const entriesOf = (some: Partial<Run> | undefined) => Object.entries(some ?? {}) as [Field | "id", unknown][];

function setField(to: Expression, runId: string, field: Field, value: unknown): void {
  if (value !== undefined) to.set(field, toAttribute(field, value));
  // A head may have its metadata in another item, which a missing attribute would not hide.
  else if (field === "metadata" || field === "payload") to.set(field, { NULL: true });
  else to.remove(field);
  if (field !== "wakeAt") return;
  if (value === undefined) to.remove("wakeShard");
  else to.set("wakeShard", { S: wakeShardOf(runId) });
}

function setFields(to: Expression, runId: string, { event, set, setOnce }: HeadWrite, places: boolean): void {
  for (const [field, value] of entriesOf(set)) {
    if (field !== "id" && field !== "status") setField(to, runId, field, value);
  }
  for (const [field, value] of entriesOf(setOnce)) {
    if (field === "id" || field in set || value === undefined || isNeverUnset(field)) continue;
    to.setOnce(field, toAttribute(field, value));
    if (field === "wakeAt" && places) to.setOnce("wakeShard", { S: wakeShardOf(runId) });
  }
  const isPlaced = "wakeAt" in set || setOnce?.wakeAt !== undefined;
  if (event === "renewed" && set.leaseUntil !== undefined && !isPlaced)
    to.setOnce("wakeShard", { S: wakeShardOf(runId) });
}

function setStatus(to: Expression, runId: string, turn: Turn): void {
  if (turn.to === undefined) return to.setOnce("listShard", { S: listShardOf(runId, "QUEUED") });
  to.set("status", toAttribute("status", turn.to));
  to.set("listShard", { S: listShardOf(runId, turn.to) });
}

/** A finished head is deleted some time after its end, if the project wants that; one put back to work is not. */
function setEnd(to: Expression, { to: status }: Turn, { set }: HeadWrite, keepMs: number | undefined): void {
  if (keepMs === undefined || status === undefined) return;
  if (!isFinished(status)) to.remove("ttl");
  else if (set.finishedAt !== undefined)
    to.set("ttl", { N: String(Math.ceil((set.finishedAt + keepMs) / 1_000)) });
}

/** What else a claim asks for that is made without a look at the head: `isToBeClaimed` of `unseen-claim.ts`. */
export interface Unseen {
  readonly hash: string;
  readonly now: number;
  readonly elsewhere?: Elsewhere | undefined;
}

function unseenConditions(to: Expression, { hash, now, elsewhere = nobody }: Unseen): string[] {
  const waiting = waitingStatuses.map((status) => to.value({ S: status })).join(", ");
  const isDue = `${to.name("wakeAt")} <= ${to.value({ N: String(now) })}`;
  return [
    `contains(${to.name("codeVersion")}, ${to.value({ S: `.${hash}` })})`,
    `(NOT ${to.name("status")} IN (${waiting}) OR ${isDue})`,
    ...notCalledOf(to, [...elsewhere.long]),
    ...notTooLarge(to, elsewhere),
  ];
}

const nobody: Elsewhere = { long: new Set() };

/** The run is of none of these tasks, or not called. */
function notCalledOf(to: Expression, tasks: readonly string[]): string[] {
  if (tasks.length === 0) return [];
  const isOther = notIn(to, "task", tasks).join(" AND ");
  return [
    `(attribute_not_exists(${to.name("turn")}) OR ${to.name("turn")} <> ${to.value({ S: "called" })} OR (${isOther}))`,
  ];
}

/** The run asks for no machine that is elsewhere, and if it says nothing, its task does not. */
function notTooLarge(to: Expression, { long, tooLarge }: Elsewhere): string[] {
  if (tooLarge === undefined) return [];
  const machine = to.name("machine");
  const fits = [`attribute_exists(${machine})`, ...notIn(to, "machine", [...tooLarge.machines])];
  const isOfOther = [`attribute_not_exists(${machine})`, ...notIn(to, "task", [...tooLarge.tasks])];
  const isLong = isIn(to, "task", [...long]);
  const either = [`(${fits.join(" AND ")})`, `(${isOfOther.join(" AND ")})`, ...isLong];
  const fitting = `(${either.join(" OR ")})`;
  if (tooLarge.afterDeath.size === 0) return [fitting];
  const isOfOthers = notIn(to, "task", [...tooLarge.afterDeath]).join(" AND ");
  const lives = `attribute_not_exists(${to.name("deaths")}) OR ${to.name("deaths")} = ${to.value({ N: "0" })}`;
  return [fitting, `(${[lives, `(${isOfOthers})`, ...isLong].join(" OR ")})`];
}

/** IN takes a hundred values. */
function isIn(to: Expression, field: string, values: readonly string[]): string[] {
  const conditions: string[] = [];
  for (let at = 0; at < values.length; at += 100) {
    const list = values.slice(at, at + 100).map((value) => to.value({ S: value }));
    conditions.push(`${to.name(field)} IN (${list.join(", ")})`);
  }
  return conditions;
}

const notIn = (to: Expression, field: string, values: readonly string[]): string[] =>
  isIn(to, field, values).map((each) => `NOT ${each}`);

/** The run is in no queue, its trigger has named no limits, and its task has none. */
function unslottedConditions(to: Expression, queues: Queues): string[] {
  const none = (["queue", "concurrency"] as const).map((field) => `attribute_not_exists(${to.name(field)})`);
  return [...none, ...notIn(to, "task", Object.keys(queues))];
}

function conditionOf(
  to: Expression,
  turn: Turn,
  { when, set, setOnce, queues = {} }: HeadWrite,
  { unseen, isUnslotted = false, places = false }: Pick<UpdateOptions, "unseen" | "isUnslotted" | "places">,
): string {
  const is = (field: Field, value: unknown) => `${to.name(field)} = ${to.value(toAttribute(field, value))}`;
  const statuses = turn.from.map((status) => to.value({ S: status }));
  const parts = [`${to.name("status")} IN (${statuses.join(", ")})`];
  if (when.epoch !== undefined) parts.push(is("epoch", when.epoch));
  if (when.news !== undefined) parts.push(is("news", when.news));
  if (when.owner !== undefined) parts.push(is("owner", when.owner));
  if (when.tagEdits === 0) parts.push(`attribute_not_exists(${to.name("tagEdits")})`);
  else if (when.tagEdits !== undefined) parts.push(is("tagEdits", when.tagEdits));
  if (when.leaseFreeAt !== undefined) {
    const ended = `${to.name("leaseUntil")} <= ${to.value({ N: String(when.leaseFreeAt) })}`;
    parts.push(`(attribute_not_exists(${to.name("owner")}) OR ${ended})`);
  }
  if (when.dueBy !== undefined) {
    const isDue = `${to.name("wakeAt")} <= ${to.value({ N: String(when.dueBy) })}`;
    parts.push(`(${to.name("status")} <> ${to.value({ S: "DELAYED" })} OR ${isDue})`);
  }
  if (unseen !== undefined) parts.push(...unseenConditions(to, unseen));
  if (isUnslotted) parts.push(...unslottedConditions(to, queues));
  if (setOnce?.wakeAt !== undefined && !("wakeAt" in set) && !places)
    parts.push(`attribute_exists(${to.name("wakeAt")})`);
  return parts.join(" AND ");
}

/** What a write's update needs besides the write. */
export interface UpdateOptions {
  readonly table: string;
  /** The mark of this write. */
  readonly writer: string;
  /** How long a finished head is kept; for ever if it is not given. */
  readonly keepEndedMs: number | undefined;
  readonly unseen: Unseen | undefined;
  /** Only a run that is in no queue: others need a slot as well. */
  readonly isUnslotted?: boolean;
  /** A time to wake that is set where there is none comes with its place in `wake`. Without it only a run that has one is written. */
  readonly places?: boolean;
}

/** One turn of a write as an update that answers with the head after it, or with the one that refused it. */
export function updateOf(
  runId: string,
  write: HeadWrite,
  turn: Turn,
  options: UpdateOptions,
): UpdateItemCommandInput {
  const { table, writer, keepEndedMs, places = false } = options;
  const to = new Expression();
  const condition = conditionOf(to, turn, write, options);
  setStatus(to, runId, turn);
  setFields(to, runId, write, places);
  setEnd(to, turn, write, keepEndedMs);
  if (write.raiseEpoch) to.add("epoch", { N: "1" });
  if (write.event !== "tagged") to.set("writer", { S: writer });
  return {
    TableName: table,
    Key: headKey(runId),
    ConditionExpression: condition,
    UpdateExpression: to.update,
    ExpressionAttributeNames: to.names,
    ExpressionAttributeValues: to.values,
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

/** The head of a run that was told something: news, a time to wake, nothing else. */
export function newsOf(runId: string, now: number, table: string): UpdateItemCommandInput {
  const to = new Expression();
  to.add("news", { N: "1" });
  setField(to, runId, "wakeAt", now);
  to.setOnce("listShard", { S: listShardOf(runId, "QUEUED") });
  return {
    TableName: table,
    Key: headKey(runId),
    ConditionExpression: `attribute_exists(${to.name("pk")})`,
    UpdateExpression: to.update,
    ExpressionAttributeNames: to.names,
    ExpressionAttributeValues: to.values,
  };
}

/** A fresh run gets a place in `wake`. No mark is left: a claim that is under way looks for its own. */
export function placeOf(runId: string, table: string): UpdateItemCommandInput {
  const to = new Expression();
  to.set("wakeShard", { S: wakeShardOf(runId) });
  return {
    TableName: table,
    Key: headKey(runId),
    ConditionExpression: `attribute_exists(${to.name("wakeAt")}) AND attribute_not_exists(${to.name("wakeShard")})`,
    UpdateExpression: to.update,
    ExpressionAttributeNames: to.names,
    ExpressionAttributeValues: to.values,
  };
}

/** The head of a run that is parked, or called: only its turn and its time to wake change. */
export function turnUpdate(
  { id, epoch, status, turn, wakeAt, queue, limits, gate }: Run,
  table: string,
  from: Run["turn"],
): UpdateItemCommandInput {
  const to = new Expression();
  const is = (field: Field, value: unknown) => `${to.name(field)} = ${to.value(toAttribute(field, value))}`;
  const condition =
    from === undefined
      ? `attribute_not_exists(${to.name("owner")}) AND ${is("epoch", epoch)} AND ${is("status", status)}`
      : [is("turn", from), ...(gate === undefined ? [] : [is("gate", gate)])].join(" AND ");
  const once = from === undefined ? entriesOf({ queue, limits, gate }) : [];
  for (const [field, value] of once)
    if (field !== "id" && value !== undefined) to.set(field, toAttribute(field, value));
  setField(to, id, "turn", turn);
  setField(to, id, "wakeAt", wakeAt);
  to.setOnce("listShard", { S: listShardOf(id, status) });
  return {
    TableName: table,
    Key: headKey(id),
    ConditionExpression: condition,
    UpdateExpression: to.update,
    ExpressionAttributeNames: to.names,
    ExpressionAttributeValues: to.values,
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}
