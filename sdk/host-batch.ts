/**
 * Starting many children at once inside a run.
 *
 * Owns:      what becomes of the items.
 * Invariant: a payload that its task's schema refuses, or an option that is not valid, starts none of them.
 */
import { askChild, childIdOf } from "../engine/children.ts";
import type { Execution } from "../engine/execution.ts";
import { hashText } from "../engine/fingerprint.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { Gate } from "../engine/gate.ts";
import type { Started } from "../engine/new-run.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import { type AnyItem, type BatchOptions, batchItems, isStream, listed } from "./batch.ts";
import type { TaskRunResult } from "./child.ts";
import type { TaskWait } from "./hooks.ts";
import {
  afterChecks,
  awaitedRequest,
  begin,
  checkCode,
  checkLimits,
  placeOf,
  requestOf,
  tellChanged,
  withError,
} from "./host-trigger.ts";
import { batchTriggerOutside } from "./outside.ts";
import { goesElsewhere, type RequestOptions } from "./request-options.ts";
import { withWaitHooks } from "./run-hooks.ts";
import { refOf, type TaskRef } from "./task-ref.ts";

/** So many runs of a batch are begun at once. */
const beginsAtOnce = 64;

/** `ref`: the task of all items; without it each names its own. */
type BatchArguments = [
  ref: TaskRef | string | undefined,
  items: unknown,
  options: BatchOptions | undefined,
  asked: RequestOptions | undefined,
];

const batchIdOf = (runId: string, key: string, gen: number): string =>
  `batch_${hashText(`${runId} ${key} ${gen}`, 24)}`;

const itemsOf = ([ref, , options]: BatchArguments, list: unknown): AnyItem[] =>
  batchItems(ref === undefined ? undefined : refOf(ref), list, options);

const gateOf = (options: BatchOptions | undefined): Gate =>
  new Gate(options?.triggerSequentially === true ? 1 : beginsAtOnce);

const nameOf = ([ref]: BatchArguments): string => (ref === undefined ? "batch" : refOf(ref).id);

function requestsOf(execution: Execution, items: readonly AnyItem[], batchId: string, make = requestOf) {
  return items.map((item) => ({ ...make(execution, item.ref.id, item), batchId }));
}

const checked = (items: readonly AnyItem[]): Promise<unknown> =>
  Promise.all([
    items.some(({ options }) => options?.concurrency) && checkLimits(items),
    ...items.map(({ ref: { check }, payload }) => check?.(payload)),
  ]);

function batchTrigger(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const given = args as BatchArguments;
  const { execution } = frame;
  const { run } = execution.context;
  const key = frame.next(site.id);
  const gen = execution.journal.generation(key);
  const batchId = batchIdOf(run.id, key, gen);
  const keyAt = (index: number): string => `${key}.${index}`;
  let list: Promise<unknown> | undefined;
  const invoke = async (): Promise<unknown> => {
    // A stream is gone through once, however often the unit is tried.
    list ??= listed(given[1]);
    if (goesElsewhere(given[3], false))
      return batchTriggerOutside(given[0], (await list) as readonly unknown[], given[2], given[3]);
    const items = itemsOf(given, await list);
    const requests = requestsOf(execution, items, batchId);
    await checked(items);
    await checkCode(execution, requests);
    const gate = gateOf(given[2]);
    const runs = await Promise.all(
      requests.map((request, at) => gate.through(() => begin(execution, keyAt(at), gen, request))),
    );
    return { batchId, runCount: runs.length, runs };
  };
  const count = Array.isArray(given[1]) ? given[1].length : 0;
  const childIds = Array.from({ length: count }, (_, at) => childIdOf(run.id, keyAt(at), gen));
  const place = placeOf(site, site.name);
  const shown = [nameOf(given), isStream(given[1]) ? "a stream" : given[1]];
  return know(askUnit(frame, key, { sort: "trigger", place, args: shown, invoke, childIds }));
}

function batchTriggerAndWait(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const given = args as BatchArguments;
  const { execution } = frame;
  const key = frame.next(site.id);
  const batchId = batchIdOf(execution.context.run.id, key, 0);
  const inner = frame.child(key);
  const gate = gateOf(given[2]);
  const place = placeOf(site, `${nameOf(given)}.batchTriggerAndWait`);
  const started = (each: Started): void => tellChanged(execution, each);
  let items: AnyItem[] = [];
  // Where no task has a schema, no trigger names a limit, and no item is yet to come, nothing is awaited: all begin in the turn of the call.
  const readFrom = (list: unknown): unknown => {
    items = itemsOf(given, list);
    return items.some(({ ref, options }) => ref.check ?? options?.concurrency) ? checked(items) : undefined;
  };
  const read = (): unknown => {
    goesElsewhere(given[3], true);
    return isStream(given[1]) ? listed(given[1]).then(readFrom) : readFrom(given[1]);
  };
  const go = async (): Promise<unknown> => {
    const asks = requestsOf(execution, items, batchId, awaitedRequest).map((request) =>
      askChild(inner, { key: inner.next("item"), place, request, gate, started }),
    );
    const runs = await Promise.all(asks);
    return { id: batchId, runs: runs.map((result) => withError(result as TaskRunResult)) };
  };
  const told = (): TaskWait => ({ type: "batch", batchId, runCount: items.length });
  return afterChecks(execution, [read], () => withWaitHooks(frame, key, told, go));
}

/** What the SDK's functions do, by name. */
export const batchFunctions = { batchTrigger, batchTriggerAndWait };
