/**
 * Batches: many runs started with one call.
 *
 * Owns:      their shapes and their size.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { TaskRunResult } from "./child.ts";
import type { Duration } from "./duration.ts";
import { keyText } from "./idempotency-keys.ts";
import type { RunHandle, TriggerOptions } from "./outside.ts";

/** Trigger.dev's limit. */
export const mostItems = 1_000;

/** One run of a batch. */
export type BatchItem<Payload> = undefined extends Payload
  ? { readonly payload?: Payload; readonly options?: TriggerOptions }
  : { readonly payload: Payload; readonly options?: TriggerOptions };

/** Options of a batch as a whole. */
export interface BatchOptions {
  /** Each item's key is this one and its place in the list, unless it has one of its own. */
  readonly idempotencyKey?: string | readonly string[];
  /** How long the keys hold; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
}

/** What `batchTrigger` gives. */
export interface BatchRunHandle<Id extends string = string> {
  readonly batchId: string;
  readonly runCount: number;
  /** The runs, in the order of the items. */
  readonly runs: readonly RunHandle<Id>[];
}

/** What `batchTriggerAndWait` gives: how each run ended, in the order of the items. */
export interface BatchResult<Output> {
  readonly id: string;
  readonly runs: readonly TaskRunResult<Output>[];
}

/** An item of whatever task. */
export interface AnyItem {
  readonly payload?: unknown;
  readonly options?: TriggerOptions;
}

function refused(what: string): HoldfastError {
  return new HoldfastError("HF511", what, `Give an array of up to ${mostItems} items { payload, options }.`);
}

/**
 * The items of a batch, each with its own options and those that follow from the batch's.
 * @throws HoldfastError HF511 for what is no list of items, or more than 1,000; HF510 for a key that is not valid.
 */
export function batchItems(items: unknown, options: BatchOptions | undefined): AnyItem[] {
  if (!Array.isArray(items)) throw refused("The items of a batch are no array.");
  if (items.length > mostItems) throw refused(`A batch has ${items.length} items.`);
  const { idempotencyKey, idempotencyKeyTTL } = options ?? {};
  const unknown = Object.keys(options ?? {}).find(
    (name) => !["idempotencyKey", "idempotencyKeyTTL"].includes(name),
  );
  if (unknown !== undefined) {
    const fix = "Supported: idempotencyKey, idempotencyKeyTTL. Others go with each item.";
    throw new HoldfastError("HF506", `The batch option "${unknown}" is not supported.`, fix);
  }
  const key = idempotencyKey === undefined ? undefined : keyText(idempotencyKey);
  const ttl = idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTTL };
  return items.map((item: unknown, index) => {
    if (typeof item !== "object" || item === null) throw refused(`Item ${index} of the batch is no object.`);
    const { payload, options: own } = item as AnyItem;
    const common = key === undefined ? {} : { idempotencyKey: [key, String(index)], ...ttl };
    return { payload, options: { ...common, ...own } };
  });
}
