/**
 * The fields of a head as attributes, each under its own name.
 *
 * Owns:      how each field of `Run` is written, and which are left out because they say nothing.
 * Invariant: every field of `Run` but its id is in `kinds`: the compiler sees to it.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Run, Stored } from "../../engine/run.ts";
import { pack, unpack } from "./packed-text.ts";

/** A field of a head that is an attribute. */
export type Field = Exclude<keyof Run, "id">;

type Kind = "number" | "text" | "flag" | "stored" | "json";

const kinds: Readonly<Record<Field, Kind>> = {
  task: "text",
  status: "text",
  format: "number",
  payload: "stored",
  payloadHash: "text",
  output: "stored",
  lastRecord: "stored",
  error: "json",
  createdAt: "number",
  updatedAt: "number",
  startedAt: "number",
  finishedAt: "number",
  delayedUntil: "number",
  ttlMs: "number",
  codeVersion: "text",
  secretVersion: "text",
  secretReplaced: "json",
  seed: "text",
  epoch: "number",
  owner: "text",
  leaseUntil: "number",
  news: "number",
  wakeAt: "number",
  awaitedSince: "number",
  waitingFor: "json",
  attempts: "number",
  maxAttempts: "number",
  maxDurationMs: "number",
  machine: "text",
  activeMs: "number",
  deaths: "number",
  deathsAt: "number",
  lastNumber: "number",
  idempotencyKey: "text",
  tags: "json",
  firstTags: "json",
  addedTags: "json",
  tagEdits: "number",
  metadata: "stored",
  changedMetadata: "stored",
  streams: "json",
  queue: "text",
  concurrency: "json",
  limits: "json",
  gate: "number",
  concurrencyKey: "text",
  priority: "number",
  turn: "text",
  parent: "json",
  startedBy: "text",
  root: "text",
  depth: "number",
  nested: "number",
  batchId: "text",
  scheduleId: "text",
  replayOf: "text",
  forkOf: "json",
  isTest: "flag",
  resumes: "number",
  resumedFrom: "text",
  decided: "json",
  hasEndHooks: "flag",
  verdict: "json",
  canceledBy: "text",
  failedBy: "json",
  dataKey: "text",
  source: "text",
  lastGood: "json",
};

/** Every field. */
export const fields = Object.keys(kinds) as Field[];

/** What a field is when it has no attribute. `epoch` and `news` are asked for in conditions, so they are always there. */
const resting: Partial<Run> = {
  attempts: 0,
  activeMs: 0,
  deaths: 0,
  deathsAt: 0,
  lastNumber: 0,
  tags: [],
  priority: 0,
  depth: 0,
  isTest: false,
  resumes: 0,
};

/** Has this field a value even where it has no attribute? */
export const isNeverUnset = (field: Field): boolean => field in resting;

const restingText = JSON.stringify;
/** Does the value say no more than its absence would? */
export const isResting = (field: Field, value: unknown): boolean =>
  field in resting && restingText(resting[field]) === restingText(value);

/** Parts of a head longer than this are compressed: every write of the head pays for all of it. */
const packAbove = 256;

/** A text kept beside its owner begins with `=`, a reference with its length. */
const storedText = (stored: Stored): string =>
  "inline" in stored ? `=${stored.inline}` : `${stored.bytes}@${stored.ref}`;

function storedOf(text: string): Stored {
  if (text.startsWith("=")) return { inline: text.slice(1) };
  const at = text.indexOf("@");
  return { ref: text.slice(at + 1), bytes: Number(text.slice(0, at)) };
}

/** The attribute of a field's value. */
export function toAttribute(field: Field, value: unknown): AttributeValue {
  switch (kinds[field]) {
    case "number":
      return { N: String(value) };
    case "flag":
      return { BOOL: value === true };
    case "text":
      return { S: String(value) };
    case "stored":
      return pack(storedText(value as Stored), packAbove);
    case "json":
      return pack(JSON.stringify(value), packAbove);
  }
}

function fromAttribute(field: Field, value: AttributeValue): unknown {
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  const text = unpack(value) ?? "";
  if (kinds[field] === "stored") return storedOf(text);
  return kinds[field] === "json" ? JSON.parse(text) : text;
}

/** The fields that an item has attributes for. One whose attribute is NULL was taken away. */
export function fieldsOf(item: Readonly<Record<string, AttributeValue>>): Partial<Run> {
  const found = fields.flatMap((field) => {
    const value = item[field];
    return value === undefined || value.NULL === true ? [] : [[field, fromAttribute(field, value)]];
  });
  return Object.fromEntries(found) as Partial<Run>;
}

/** A head of these fields. */
export const headOf = (id: string, found: Partial<Run>): Run => ({ ...resting, ...found, id }) as Run;
