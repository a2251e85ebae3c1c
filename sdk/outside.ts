/**
 * Triggering from outside a run: over HTTP, with the configured key.
 */

import { type BatchOptions, type BatchRunHandle, type BatchSource, batchItems, listed } from "./batch.ts";
import { startedBatch } from "./batch-error.ts";
import { clientConfig } from "./config.ts";
import { lazyClient } from "./lazy-client.ts";
import { createPublicToken } from "./lazy-public-token.ts";
import type { PublicTokenScopes } from "./public-token.ts";
import { askedAs, type RequestOptions } from "./request-options.ts";
import { refOf, type TaskRef } from "./task-ref.ts";
import type { ApiTriggerOptions } from "./trigger-body.ts";

/** Options of `trigger`. */
export type TriggerOptions = ApiTriggerOptions;

declare const types: unique symbol;

/** What `trigger` gives. */
export interface RunHandle<Id extends string = string, Payload = unknown, Output = unknown> {
  readonly id: string;
  readonly taskIdentifier: Id;
  /** A run with this idempotency key was there already. */
  readonly isCached: boolean;
  /** Lets a browser look at this run for an hour. Not there inside a run, and for callers that have no key. */
  readonly publicAccessToken?: string;
  /** That run was started with another payload, which it keeps. */
  readonly payloadChanged?: true;
  /** There for the types alone: `runs.retrieve(handle)` knows what the run gives. */
  readonly [types]?: { readonly payload: Payload; readonly output: Output };
}

/** Starts a run from outside. A payload that the task's schema refuses is sent nowhere. */
export async function triggerOutside<Id extends string, Payload = unknown, Output = unknown>(
  ref: TaskRef | Id,
  payload: unknown,
  options?: TriggerOptions,
  request?: RequestOptions,
): Promise<RunHandle<Id, Payload, Output>> {
  const { id, check } = refOf(ref);
  return askedAs(request, async (asked) => {
    await check?.(payload);
    const { id: runId, isCached, payloadChanged } = await (await lazyClient()).trigger(id, payload, options);
    const token = await publicTokenOf({ runs: runId }, asked);
    const handle = { id: runId, taskIdentifier: id as Id, isCached, ...token };
    return payloadChanged ? { ...handle, payloadChanged } : handle;
  });
}

async function publicTokenOf(
  read: NonNullable<PublicTokenScopes["read"]>,
  { publicAccessToken }: RequestOptions,
): Promise<Pick<RunHandle, "publicAccessToken">> {
  const { secretKey, transport } = clientConfig();
  if (secretKey === undefined || transport !== undefined) return {};
  const { expirationTime = "1h" } = publicAccessToken ?? {};
  return { publicAccessToken: await createPublicToken({ scopes: { read }, expirationTime }) };
}

/** Starts many runs from outside, with one request: all of them, or none. `ref`: the task of all of them. */
export async function batchTriggerOutside<Id extends string, Payload = unknown, Output = unknown>(
  ref: TaskRef | Id | undefined,
  given: BatchSource<unknown>,
  options?: BatchOptions,
  request?: RequestOptions,
): Promise<BatchRunHandle<Id, Payload, Output>> {
  return askedAs(request, (asked) => batchOutside<Id, Payload, Output>(ref, given, options, asked));
}

async function batchOutside<Id extends string, Payload, Output>(
  ref: TaskRef | Id | undefined,
  given: BatchSource<unknown>,
  options: BatchOptions | undefined,
  asked: RequestOptions,
): Promise<BatchRunHandle<Id, Payload, Output>> {
  const list = await listed(given);
  const items = batchItems(ref === undefined ? undefined : refOf(ref), list, options);
  await Promise.all(items.map(({ ref: { check }, payload }) => check?.(payload)));
  const bodies = items.map(({ ref: { id }, ...item }) => ({ task: id, ...item }));
  const {
    id: batchId,
    runCount,
    runs,
  } = await startedBatch(items.length, async () =>
    (await lazyClient()).batchTrigger(bodies, { isInOrder: options?.triggerSequentially === true }),
  );
  const token = await publicTokenOf({ batch: batchId }, asked);
  return { batchId, runCount, runs: runs as BatchRunHandle<Id, Payload, Output>["runs"], ...token };
}
