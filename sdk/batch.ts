/**
 * Batches: many runs started with one call.
 *
 * Owns:      their shapes and their size.
 */
import { HoldfastError } from "../engine/errors.ts";
import { BatchTriggerError } from "./batch-error.ts";
import type { TaskRunResult } from "./child.ts";
import type { Duration } from "./duration.ts";
import { keyText } from "./key-forms.ts";
import type { RunHandle, TriggerOptions } from "./outside.ts";
import { findTask } from "./registry.ts";
import type { TaskRef } from "./task-ref.ts";

/** Trigger.dev's limit. */
export const mostItems = 1_000;

/** One run of a batch. */
export type BatchItem<Payload> = undefined extends Payload
  ? { readonly payload?: Payload; readonly options?: TriggerOptions }
  : { readonly payload: Payload; readonly options?: TriggerOptions };

/** Where the items of a batch come from. */
export type BatchSource<Item> = readonly Item[] | AsyncIterable<Item> | ReadableStream<Item>;

/** Do the items come one after the other? */
export const isStream = (source: unknown): boolean =>
  typeof source === "object" && source !== null && Symbol.asyncIterator in source && !Array.isArray(source);

/** The items of a source as a list, at most one more than a batch may have. */
export async function listed(source: unknown): Promise<unknown> {
  if (!isStream(source)) return source;
  const items: unknown[] = [];
  for await (const item of source as AsyncIterable<unknown>) if (items.push(item) > mostItems) break;
  return items;
}

/** Options of a batch as a whole. */
export interface BatchOptions {
  /** Each item's key is this one and its place in the list, unless it has one of its own. */
  readonly idempotencyKey?: string | readonly string[];
  /** How long the keys hold; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
  /** Begins one run after the other, in the order of the items: each is stored when the one before it is. */
  readonly triggerSequentially?: boolean;
}

/** What `batchTrigger` gives. */
export interface BatchRunHandle<Id extends string = string, Payload = unknown, Output = unknown> {
  readonly batchId: string;
  readonly runCount: number;
  /** The runs, in the order of the items. */
  readonly runs: RunHandle<Id, Payload, Output>[];
  /** Lets a browser look at these runs for an hour. Not there inside a run, and for callers that have no key. */
  readonly publicAccessToken?: string;
}

/** What `batchTriggerAndWait` gives: how each run ended, in the order of the items. */
export interface BatchResult<Id extends string = string, Output = unknown> {
  readonly id: string;
  readonly runs: TaskRunResult<Id, Output>[];
}

/** An item of whatever task. */
export interface AnyItem {
  readonly ref: TaskRef;
  readonly payload?: unknown;
  readonly options?: TriggerOptions;
}

/** What a batch is given: items of one task, or items that name theirs, by `id` or by `task`. */
type GivenItem = Omit<AnyItem, "ref"> & { readonly id?: unknown; readonly task?: { readonly id?: unknown } };

/** The task of an item. */
function refIn({ id, task }: GivenItem, index: number): TaskRef {
  const named = id ?? task?.id;
  if (typeof named === "string" && named !== "") return { id: named, check: findTask(named)?.parse };
  throw refused(`Item ${index} of the batch names no task.`, "Give it the task's id, or the task itself.");
}

function refused(
  what: string,
  fix = `Give an array of up to ${mostItems} items { payload, options }.`,
): HoldfastError {
  return new HoldfastError("HF511", what, fix);
}

/**
 * The items of a batch, each with its task, its own options and those that follow from the batch's. `ref`: the task of all
 * of them; without it each names its own.
 * @throws HoldfastError HF511 for what is no list of items, HF510 for a key that is not valid; BatchTriggerError for more
 * than 1,000.
 */
export function batchItems(
  ref: TaskRef | undefined,
  items: unknown,
  options: BatchOptions | undefined,
): AnyItem[] {
  if (!Array.isArray(items)) throw refused("The items of a batch are no array.");
  if (items.length > mostItems)
    throw new BatchTriggerError(items.length, refused(`A batch has ${items.length} items.`));
  const { idempotencyKey, idempotencyKeyTTL } = options ?? {};
  const unknown = Object.keys(options ?? {}).find(
    (name) => !["idempotencyKey", "idempotencyKeyTTL", "triggerSequentially"].includes(name),
  );
  if (unknown !== undefined) {
    const fix =
      "Supported: idempotencyKey, idempotencyKeyTTL, triggerSequentially. Others go with each item.";
    throw new HoldfastError("HF506", `The batch option "${unknown}" is not supported.`, fix);
  }
  const key = idempotencyKey === undefined ? undefined : keyText(idempotencyKey);
  const ttl = idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTTL };
  return items.map((item: unknown, index) => {
    if (typeof item !== "object" || item === null) throw refused(`Item ${index} of the batch is no object.`);
    const { payload, options: own } = item as GivenItem;
    const common = key === undefined ? {} : { idempotencyKey: [key, String(index)], ...ttl };
    return { ref: ref ?? refIn(item as GivenItem, index), payload, options: { ...common, ...own } };
  });
}
