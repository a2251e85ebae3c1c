/**
 * Triggering from outside a run: over HTTP, with the configured key.
 */
import { type AnyItem, type BatchOptions, type BatchRunHandle, batchItems } from "./batch.ts";
import { apiClient } from "./client.ts";
import { clientConfig } from "./config.ts";
import { refOf, type TaskRef } from "./task-ref.ts";
import type { ApiTriggerOptions } from "./trigger-body.ts";

/** Options of `trigger`. */
export type TriggerOptions = ApiTriggerOptions;

/** What `trigger` gives. */
export interface RunHandle<Id extends string = string> {
  readonly id: string;
  readonly taskIdentifier: Id;
  /** A run with this idempotency key was there already. */
  readonly isCached: boolean;
  /** That run was started with another payload, which it keeps. */
  readonly payloadChanged?: true;
}

/** The client for the configuration that holds now. */
export function configuredClient() {
  return apiClient(clientConfig());
}

/** Starts a run from outside. A payload that the task's schema refuses is sent nowhere. */
export async function triggerOutside<Id extends string>(
  ref: TaskRef | Id,
  payload: unknown,
  options?: TriggerOptions,
): Promise<RunHandle<Id>> {
  const { id, check } = refOf(ref);
  await check?.(payload);
  const { id: runId, isCached, payloadChanged } = await configuredClient().trigger(id, payload, options);
  const handle = { id: runId, taskIdentifier: id as Id, isCached };
  return payloadChanged ? { ...handle, payloadChanged } : handle;
}

/** Starts many runs from outside, with one request: all of them, or none. */
export async function batchTriggerOutside<Id extends string>(
  ref: TaskRef | Id,
  given: readonly AnyItem[],
  options?: BatchOptions,
): Promise<BatchRunHandle<Id>> {
  const { id, check } = refOf(ref);
  const items = batchItems(given, options).map((item) => ({ task: id, ...item }));
  await Promise.all(items.map(({ payload }) => check?.(payload)));
  const { id: batchId, runCount, runs } = await configuredClient().batchTrigger(items);
  return { batchId, runCount, runs: runs as BatchRunHandle<Id>["runs"] };
}
