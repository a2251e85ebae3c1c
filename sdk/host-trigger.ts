/**
 * Starting children inside a run: `trigger` and `triggerAndWait`. Batches: `host-batch.ts`.
 *
 * Owns:      what becomes of their arguments.
 * Invariant: a payload that the task's schema refuses, or an option that is not valid, starts nothing.
 */

import { askChild, type ChildAsk, type ChildRequest, childIdOf, startChild } from "../engine/children.ts";
import { counted } from "../engine/counted.ts";
import { addPlace } from "../engine/error-place.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Execution } from "../engine/execution.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { abortError } from "../engine/giving-up.ts";
import type { Started } from "../engine/new-run.ts";
import { isThenable, know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import type { AnyItem } from "./batch.ts";
import { type SubscribeOptions, type TaskRunResult, unwrapResult } from "./child.ts";
import type { TaskWait } from "./hooks.ts";
import { markInRun } from "./mark-in-run.ts";
import { type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import { allQueues, mostShared } from "./queue.ts";
import { findTask } from "./registry.ts";
import { goesElsewhere, type RequestOptions } from "./request-options.ts";
import { withWaitHooks } from "./run-hooks.ts";
import { startOptions } from "./start-options.ts";
import { refOf, type TaskRef } from "./task-ref.ts";

type Arguments = [
  ref: TaskRef | string,
  payload: unknown,
  options: TriggerOptions | undefined,
  request: RequestOptions | undefined,
];

export const placeOf = (site: Site, name: string) => ({ name, at: site.at });

/** What to start: the options checked, as of now. @throws HoldfastError HF506, HF508, HF510, HF512 */
export function requestOf(
  execution: Execution,
  task: string,
  { payload, options }: Pick<AnyItem, "payload" | "options">,
): ChildRequest {
  const { run, ports } = execution.context;
  const from = { now: ports.clock.now(), runId: run.id, isLong: findTask(task)?.longRunning === true };
  return { task, payload, ...startOptions(options, from) };
}

/** The same for a run that is waited for: it is on its parent's code. @throws as `requestOf` */
export function awaitedRequest(
  execution: Execution,
  task: string,
  item: Pick<AnyItem, "payload" | "options">,
) {
  const request = requestOf(execution, task, item);
  if (request.codeVersion === undefined) return request;
  throw new HoldfastError("HF510", "The option version stands where the call waits.", "Leave it out.");
}

/** Are the code versions that requests name kept, with their tasks? @throws HoldfastError HF229, HF510 */
export async function checkCode({ context }: Execution, requests: readonly ChildRequest[]): Promise<void> {
  if (requests.every(({ codeVersion }) => codeVersion === undefined)) return;
  const { checkChosen } = await import("../engine/code-choice.ts");
  await checkChosen(context, requests);
}

/** Are the limits there that these name? Loaded with the first that names one. @throws HoldfastError HF510 */
export const checkLimits = async (items: readonly Pick<AnyItem, "options">[]): Promise<void> =>
  (await import("../engine/named-limits.ts")).checkNamed(items, allQueues(), mostShared);

/** A known idempotency key came with another payload: the run keeps its first. */
export function tellChanged({ context }: Execution, { id, payloadChanged }: Started): void {
  if (!payloadChanged) return;
  const what = "was there already, under the same idempotency key, with another payload; it keeps its first.";
  context.print("warn", [`Run ${id} ${what}`]);
}

/** Every so many runs of a chain that nobody waits for. */
const longChain = 1_000;

/** Nothing stops such a chain, and nothing has to: it may be how a task goes on for years. */
function tellLongChain({ context }: Execution, { id, run: { depth } }: Started): void {
  if (depth % longChain !== 0) return;
  const fix = "If that is no loop of yours, cancel the runs of this task, and let it end.";
  context.print("warn", [`Run ${id} has ${depth} runs above it, each of which has started the next. ${fix}`]);
}

function handleOf(execution: Execution, task: string, started: Started): RunHandle {
  tellChanged(execution, started);
  const { id, isCached, payloadChanged } = started;
  const handle = { id, taskIdentifier: task, isCached };
  return payloadChanged ? { ...handle, payloadChanged } : handle;
}

/** Starts a child that nobody waits for, and none that a cancel would miss. */
export async function begin(
  execution: Execution,
  key: string,
  gen: number,
  request: ChildRequest,
): Promise<RunHandle> {
  const { context } = execution;
  const { run, ports } = context;
  const started = await startChild(ports, run, key, gen, request);
  const isOwn = started.id === childIdOf(run.id, key, gen);
  if (isOwn) tellLongChain(execution, started);
  if (isOwn && execution.canceled !== undefined) await context.cancelChild(started.id);
  // The run of an interrupted try is this call's own.
  return handleOf(execution, request.task, { ...started, isCached: started.isCached && !isOwn });
}

function trigger(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [ref, payload, options, asked] = args as Arguments;
  const { id, check } = refOf(ref);
  const { execution } = frame;
  const key = frame.next(site.id);
  const gen = execution.journal.generation(key);
  const invoke = async (): Promise<RunHandle> => {
    if (goesElsewhere(asked, false)) return triggerOutside(ref, payload, options, asked);
    const item = { payload, ...(options === undefined ? {} : { options }) };
    const request = requestOf(execution, id, item);
    await check?.(payload);
    if (options?.concurrency) await checkLimits([item]);
    await checkCode(execution, [request]);
    return begin(execution, key, gen, request);
  };
  const childIds = [childIdOf(execution.context.run.id, key, gen)];
  const place = placeOf(site, site.name);
  return know(askUnit(frame, key, { sort: "trigger", place, args: [id, payload], invoke, childIds }));
}

/** Goes on when all checks have passed: in the same turn, unless one of them takes its time. */
export function afterChecks<T>(
  execution: Execution,
  checks: readonly (() => unknown)[],
  go: () => Promise<T>,
): Promise<T> {
  try {
    const pending = checks.map((check) => check()).filter(isThenable);
    if (pending.length === 0) return know(go());
    const all = (): Promise<unknown> => Promise.all(pending);
    return know(counted(execution, all).then(go));
  } catch (error) {
    return know(Promise.reject(error));
  }
}

/** What hooks are told of a child: of one that an idempotency key has found, its own id once it has ended. */
const childWait =
  (runId: string, key: string) =>
  (came?: unknown): TaskWait => ({
    type: "task",
    runId: (came as TaskRunResult | undefined)?.id ?? childIdOf(runId, key),
  });

function triggerAndWait(
  frame: Frame,
  site: Site,
  args: readonly unknown[],
  abort?: ChildAsk["abort"],
): Promise<unknown> {
  const [ref, payload, options, asked] = args as Arguments;
  const { id, check } = refOf(ref);
  const { execution } = frame;
  const key = frame.next(site.id);
  const item = { payload, ...(options === undefined ? {} : { options }) };
  const go = (): Promise<unknown> =>
    askChild(frame, {
      key,
      place: placeOf(site, `${id}.triggerAndWait`),
      request: awaitedRequest(execution, id, item),
      started: (started) => tellChanged(execution, started),
      abort,
    });
  const hooked = (): Promise<unknown> =>
    withWaitHooks(frame, key, childWait(execution.context.run.id, key), go);
  const checks = [
    () => goesElsewhere(asked, true),
    () => check?.(payload),
    () => options?.concurrency && checkLimits([item]),
  ];
  const ended = afterChecks(execution, checks, hooked);
  const told = (value: unknown): TaskRunResult => {
    const result = value as TaskRunResult;
    // The end of the child that was canceled may come before the abort has its record.
    if (abort?.cancels === true && abort.signal.aborted && !result.ok) throw abortError();
    return withError(result);
  };
  const result = know(ended.then(told));
  /** A failed child ends its parent, and is taken up again when the parent is resumed. */
  const output = (ended: TaskRunResult): unknown => {
    try {
      return unwrapResult(ended);
    } catch (error) {
      addPlace(error, frame, placeOf(site, `${id}.triggerAndWait`));
      execution.errors.set(error, { ends: true, rejects: [{ key, gen: execution.journal.generation(key) }] });
      throw error;
    }
  };
  const unwrap = (): Promise<unknown> => know(result.then(output));
  return Object.assign(result, { unwrap: markInRun(unwrap) });
}

function triggerAndSubscribe(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [ref, payload, given, asked] = args as [
    TaskRef | string,
    unknown,
    SubscribeOptions | undefined,
    unknown,
  ];
  if (typeof given !== "object" || given === null) return triggerAndWait(frame, site, args);
  const { signal, cancelOnAbort, ...options } = given;
  const abort = signal === undefined ? undefined : { signal, cancels: cancelOnAbort !== false };
  return triggerAndWait(frame, site, [ref, payload, options, asked], abort);
}

/** The child's error as an `Error`, in Trigger.dev's way. */
export function withError(result: TaskRunResult): TaskRunResult {
  if (result.ok || result.error instanceof Error) return result;
  const { name, message, stack } = result.error as Error;
  return {
    ...result,
    error: Object.assign(new Error(message), { name, ...(stack === undefined ? {} : { stack }) }),
  };
}

/** What the SDK's functions do, by name. */
export const triggerFunctions = { trigger, triggerAndWait, triggerAndSubscribe };
