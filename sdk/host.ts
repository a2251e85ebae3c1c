/**
 * `holdfast/host`: a bundle's own engine, as a runner or a Lambda function gets it. What the SDK's functions do inside a
 * run is here too.
 *
 * Owns:      the live passes of this copy of the engine, by run.
 * Never:     is imported by callers.
 */
import type { Callable } from "../engine/authored.ts";
import { callUnrecorded } from "../engine/authored.ts";
import { installErrorInstances } from "../engine/codec.ts";
import { installConsole, plainConsole } from "../engine/console.ts";
import { counted } from "../engine/counted.ts";
import { CurrentRun, currentRun } from "../engine/current-run.ts";
import { frameHere } from "../engine/durable.ts";
import { HoldfastError } from "../engine/errors.ts";
import { hashText } from "../engine/fingerprint.ts";
import type { Frame, Site } from "../engine/frame.ts";
import type { MachineName } from "../engine/machines.ts";
import type { Pass } from "../engine/pass.ts";
import type { LogLevel } from "../engine/pass-context.ts";
import type { PassEnd, PassOptions } from "../engine/pass-options.ts";
import { passOver } from "../engine/pass-over.ts";
import type { Ports } from "../engine/ports.ts";
import { know } from "../engine/promises.ts";
import { resolveRetry } from "../engine/retry.ts";
import type { TaskCode } from "../engine/task-code.ts";
import { bulkTask } from "../engine/token-task.ts";
import { tellLostMethods } from "../engine/told-methods.ts";
import { askUnit } from "../engine/unit.ts";
import { installVirtualGlobals } from "../engine/virtual.ts";
import { setOwnTransport } from "./config.ts";
import { durationMs } from "./duration.ts";
import { setConfigHooks } from "./global-hooks.ts";
import { batchFunctions } from "./host-batch.ts";
import { bulkCode } from "./host-bulk.ts";
import { cacheFunctions } from "./host-cache.ts";
import { keyFunctions } from "./host-keys.ts";
import { metadataFunctions } from "./host-metadata.ts";
import { pollFunctions } from "./host-polls.ts";
import { retryFunctions } from "./host-retry.ts";
import { tagFunctions } from "./host-tags.ts";
import { tokenFunctions } from "./host-tokens.ts";
import { triggerFunctions } from "./host-trigger.ts";
import { usageFunctions } from "./host-usage.ts";
import { waiterFunctions } from "./host-waiters.ts";
import { waitFunctions } from "./host-waits.ts";
import { linkHost, needsInputs, needsStreams } from "./link.ts";
import { machineOf } from "./machine.ts";
import { declaredQueues, taskQueues } from "./queue.ts";
import { allTasks, findTask } from "./registry.ts";
import { watchRejections } from "./rejections.ts";
import { localsFunctions } from "./run-hooks.ts";
import type { StepOptions } from "./step.ts";
import { hearsOfEnds, taskCode } from "./task-code.ts";
import { isLogged, setTaskDefaults } from "./task-defaults.ts";

/** The interface between a bundle and who runs it. */
export const hostVersion = 1;

/** What is known of a task without running it. */
export interface TaskInfo {
  readonly id: string;
  readonly description?: string;
  /** As the author describes the payload. */
  readonly jsonSchema?: object;
  readonly retry: unknown;
  readonly maxDurationSeconds?: number;
  readonly webhookSecret?: string;
  readonly machine?: MachineName;
  /** In AWS its passes are tasks of Fargate. */
  readonly longRunning?: true;
  /** Where a run goes on that is out of memory. */
  readonly largerMachine?: MachineName;
  /** `onFailure` or `onComplete` are called for its runs. */
  readonly hasEndHooks?: true;
  /** Absent for a task whose runs stay on the secrets that they were begun with. */
  readonly secrets?: "latest";
}

/** The fields that say something. */
const given = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** The tasks of this bundle. */
export function describeTasks(): TaskInfo[] {
  return allTasks().map(({ id, description, jsonSchema, retry, maxDurationMs, webhookSecret, ...task }) => ({
    id,
    retry,
    ...given({
      hasEndHooks: hasEndHooks(id) ? (true as const) : undefined,
      machine: task.machine,
      longRunning: task.longRunning || undefined,
      largerMachine: task.largerMachine,
      description,
      jsonSchema,
      maxDurationSeconds: maxDurationMs === undefined ? undefined : maxDurationMs / 1000,
      webhookSecret,
      secrets: task.secrets === "latest" ? task.secrets : undefined,
    }),
  }));
}

/** Is a run of this task's to hear of its end, although no pass has it? */
function hasEndHooks(id: string): boolean {
  const task = findTask(id);
  return task !== undefined && hearsOfEnds(task);
}

/** The queues of this bundle. */
export const describeQueues = declaredQueues;

/** The queues of tasks, for a claim that is made before a pass. */
/** Which machine a run has to be on. */
/** For the entry of a bundle whose project has a config. */
/** How what is outside of this run is reached. */
export { machineOf, setConfigHooks, setOwnTransport, setTaskDefaults, taskQueues };

const live = new Map<string, Pass>();

/** How long a pass waits for a child's end before its run is put away. */
const lingerMs = 100;

/** Options of `runPass`; see `PassOptions`. */
export type HostOptions = Omit<PassOptions, "findTask"> & {
  /** Begin nothing new, and end the pass as soon as nothing is in flight. */
  readonly signal?: AbortSignal | undefined;
};

/** Works on a run. Rejects only when the store does. */
export async function runPass(ports: Ports, options: HostOptions): Promise<PassEnd> {
  const findCode = (id: string): TaskCode | undefined => {
    if (id === bulkTask) return bulkCode;
    const task = findTask(id);
    return task === undefined ? undefined : taskCode(task);
  };
  const { signal, ...rest } = options;
  const leave = (): void => live.get(options.runId)?.leave();
  const begun = (pass: Pass): void => {
    live.set(options.runId, pass);
    if (signal?.aborted) pass.leave();
  };
  signal?.addEventListener("abort", leave);
  try {
    if (needsInputs()) await import("./host-inputs.ts");
    if (needsStreams()) await import("./host-streams.ts");
    if (options.leaseMs === undefined) await tellLostMethods();
    return await passOver(
      ports,
      { lingerMs, print: printLine, queues: taskQueues, ...rest, findTask: findCode },
      begun,
    );
  } finally {
    signal?.removeEventListener("abort", leave);
    live.delete(options.runId);
  }
}

/** A ring came for a run that is being worked on here; false: it is not. */
export function wakePass(runId: string): boolean {
  const pass = live.get(runId);
  pass?.wake();
  return pass !== undefined;
}

function printLine(run: { readonly id: string }, level: LogLevel, parts: readonly unknown[]): void {
  plainConsole[level](`[${run.id}]`, ...parts);
}

const place = (site: Site, name = site.name) => ({ name, at: site.at });

/** What has nothing to do with units. */
const anywhere =
  /^(idempotencyKeys?(\.create)?|inputs\.send|log|metadata\..*|locals\..*|logger\.startSpan|streams\..*|timeout\.signal|usage\.getCurrent|waitUntil|runs\.looksAt)$/;

/** What is a plain call inside a unit, and more than that outside of one. */
const plainInUnits: readonly string[] = ["runs.poll", "auth.withAuth"];

/** A wait has no place inside a unit: the unit would have to be made again after it. */
function refuseInsideUnit(name: string): void {
  if (currentRun.getStore()?.key === undefined) return;
  const fix = "Take the wait out of the step or callback, and await it in the task itself.";
  throw new HoldfastError("HF507", `${name} was called inside a single unit.`, fix);
}

function step(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const name = String(args[0]);
  const options = (args.length > 2 ? args[1] : {}) as StepOptions<unknown>;
  const fn = args[args.length - 1] as Callable;
  const { execution } = frame;
  const key = frame.next(hashText(`step ${name}`, 8));
  return know(
    askUnit(frame, key, {
      sort: "step",
      place: place(site, name),
      siteId: site.id,
      args: [name],
      escapes: site.escapes,
      // Of each try: what it sends again is counted anew.
      invoke: () => currentRun.run(new CurrentRun(execution, key), () => callUnrecorded(fn, undefined, [])),
      retry: options.retry === undefined ? undefined : resolveRetry(options.retry, execution.context.retry),
      timeoutMs: options.timeout === undefined ? undefined : durationMs(options.timeout),
      check: options.check as ((result: unknown) => unknown) | undefined,
    }),
  );
}

function liveValue(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const fn = args[0] as Callable;
  const invoke = (): unknown => callUnrecorded(fn, undefined, []);
  return know(
    askUnit(frame, frame.next(site.id), { sort: "unit", place: place(site), args: [], invoke, setUp: true }),
  );
}

function withAuth(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const inner = frame.child(frame.next(site.id));
  const loaded = counted(frame.execution, () => import("./host-apart.ts"));
  return know(loaded.then(({ withAuthIn }) => withAuthIn(inner, args)));
}

function log(frame: Frame, _site: Site, args: readonly unknown[]): undefined {
  const [level, ...parts] = args as [LogLevel, ...unknown[]];
  if (!isLogged(level)) return undefined;
  // The inside of a unit is never replayed.
  const isInUnit = currentRun.getStore()?.key !== undefined;
  if (isInUnit || !frame.isSilent) frame.execution.context.print(level, parts);
  return undefined;
}

linkHost({
  here(name) {
    const frame = frameHere();
    if (frame === undefined) return undefined;
    if (plainInUnits.includes(name) && currentRun.getStore()?.key !== undefined) return undefined;
    if (!anywhere.test(name)) refuseInsideUnit(name);
    const flags = { awaited: false, escapes: false, iterated: false };
    return { frame, site: { id: hashText(`sdk ${name}`, 8), name, at: "", ...flags } };
  },
  functions: {
    ...triggerFunctions,
    ...batchFunctions,
    ...metadataFunctions,
    ...pollFunctions,
    ...cacheFunctions,
    ...retryFunctions,
    ...localsFunctions,
    ...tagFunctions,
    ...tokenFunctions,
    ...usageFunctions,
    ...waiterFunctions,
    ...keyFunctions,
    ...waitFunctions,
    "auth.withAuth": withAuth,
    step,
    live: liveValue,
    log,
  },
});

installConsole();
installVirtualGlobals();
installErrorInstances();
watchRejections();
