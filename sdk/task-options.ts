/**
 * What an author may say of a task, and its check.
 *
 * Invariant: an option that Holdfast does not support is refused (HF503), never accepted and ignored.
 */
import type { Redo } from "../engine/blame.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { MachineName } from "../engine/machines.ts";
import { type RetryOptions, type RetryPolicy, resolveRetry } from "../engine/retry.ts";
import type { Context } from "./context.ts";
import { type Duration, durationMs } from "./duration.ts";
import { type Hook, type HookName, hookNames, type TaskHooks } from "./hooks.ts";
import { type Machine, machineOption } from "./machine.ts";
import { type Concurrency, mostShared, type Queue, type TaskConcurrency, type TaskQueue } from "./queue.ts";
import type { Parse, Schema } from "./schema.ts";
import { taskDefaults } from "./task-defaults.ts";
import { timeout } from "./usage.ts";
import type { WebhookSource } from "./webhook-sources.ts";

/** How failures are tried again. Milliseconds; `minTimeout` and `maxTimeout` are accepted for the two with `InMs`. */
export interface TaskRetry extends RetryOptions {
  /** Where a run goes on, once, that is out of memory: see `OutOfMemoryError`. */
  readonly outOfMemory?: { readonly machine: Machine };
  /**
   * When a recorded await may be asked for again because the author's own code rejects its result.
   * @default "failures"
   */
  readonly redo?: Redo;
}

/** What `run` gets beside the payload. */
export interface RunParams<Init = unknown> {
  readonly ctx: Context;
  /** Aborts when the run is canceled or has used up its `maxDuration`. */
  readonly signal: AbortSignal;
  /** What the task's `init` gave. */
  readonly init: Init;
}

/** The options of `task()`. */
export interface TaskOptions<Id extends string, Payload, Output, Init = unknown>
  extends TaskHooks<Payload, Output, Init> {
  /** Unique in the project: it names the runs and the webhook `POST /hooks/<id>`. */
  readonly id: Id;
  readonly description?: string;
  /** A JSON Schema of the payload, for people and tools: on one machine `GET /api/v1/tasks` shows it. `schemaTask` checks payloads. */
  readonly jsonSchema?: object;
  readonly retry?: TaskRetry;
  /** Seconds of active time, waits not counted; then the run ends as `TIMED_OUT`. */
  readonly maxDuration?: number;
  /**
   * For awaits of more than 15 minutes, where Lambda would end: in AWS each pass of a run is a task of Fargate, which begins within
   * a minute or two and has no limit of its own; the construct needs `vpc` for it. Written as `true` in the source, since the
   * build reads it. On one machine there is no such limit, and it changes nothing.
   * @default false
   */
  readonly longRunning?: boolean;
  /**
   * How long a run may wait for its start before it expires, where its trigger does not say; a number counts seconds, 0 is for
   * ever. Looked at when its turn comes.
   */
  readonly ttl?: Duration | number;
  /**
   * How many runs of this task are worked on at once: `{ concurrencyLimit: 3 }`, or a queue that it shares with others.
   * A run that waits gives its place back.
   * @default any number
   */
  readonly queue?: TaskQueue;
  /**
   * The limits of the task's own queue: `{ perKey: 1, total: 10 }`, the same as in `queue: { concurrency }`; or one that tasks share, as
   * `concurrencyLimit()` gives it, or its name; or a list: one of its own and two that it shares. A run that is worked on holds all of
   * them, and that of a `queue` given beside them.
   */
  readonly concurrency?: TaskConcurrency;
  /**
   * How much memory its runs may use: `"large-1x"`, or `{ preset: "large-1x" }`. On one machine such a run has a process to
   * itself; in AWS there is a function for each machine that is asked for, and a `longRunning` task has its own size.
   * @default as the runners, or the dispatcher, are configured
   */
  readonly machine?: Machine;
  /**
   * Which version of the project's secrets a run sees: the one that was current when it was begun, however often they are
   * changed meanwhile, or in each pass the newest.
   * @default "pin"
   */
  readonly secrets?: "pin" | "latest";
  /** Name of the setting that holds this task's own webhook signing secret (`whsec_…`). */
  readonly webhookSecret?: string;
  /**
   * Who sends to its webhook: deliveries are checked as that sender signs, and those that pass `filter` start a run with the
   * event as payload. It is read in the source when the code is built.
   * @default Standard Webhooks
   */
  readonly webhook?: { readonly source: WebhookSource; readonly filter?: string };
  /** The task itself: a plain async function. */
  readonly run: (payload: Payload, params: RunParams<Init>) => Promise<Output> | Output;
}

/** The options of `schemaTask()`. */
export interface SchemaTaskOptions<Id extends string, S extends Schema, Payload, Output, Init = unknown>
  extends TaskOptions<Id, Payload, Output, Init> {
  /** What a payload has to be like. */
  readonly schema: S;
}

/** A checked task. */
export interface TaskDefinition {
  readonly id: string;
  readonly description: string | undefined;
  readonly jsonSchema?: object | undefined;
  readonly retry: RetryPolicy;
  readonly redo: Redo;
  readonly maxDurationMs: number | undefined;
  readonly longRunning?: boolean;
  readonly ttlMs: number | undefined;
  readonly webhookSecret: string | undefined;
  readonly queue: TaskQueue | undefined;
  readonly concurrency?: Concurrency | undefined;
  /** Limits that it shares, besides its queue's. */
  readonly limits?: readonly (Queue | string)[] | undefined;
  readonly machine: MachineName | undefined;
  /** Where a run goes on that is out of memory. */
  readonly largerMachine: MachineName | undefined;
  readonly secrets: "pin" | "latest";
  readonly run: (payload: never, params: RunParams) => unknown;
  readonly hooks: Readonly<Partial<Record<HookName, Hook>>>;
  /** What `run` is called with, where it is not payload and params. */
  readonly argumentsOf?: (payload: never, params: RunParams) => readonly unknown[];
  /** For a task with a schema: its payload, parsed. */
  readonly parse?: Parse;
}

const own = [
  "id",
  "description",
  "jsonSchema",
  "retry",
  "maxDuration",
  "longRunning",
  "ttl",
  "queue",
  "concurrency",
  "machine",
  "secrets",
  "webhookSecret",
  "webhook",
  "run",
];
const known = new Set<string>([...own, ...hookNames]);
const redos: readonly unknown[] = ["failures", "rejected", "never"];
const longestIdChars = 128;

function refuse(id: unknown, what: string, fix: string): never {
  throw new HoldfastError("HF503", `Task ${JSON.stringify(id)}: ${what}.`, fix);
}

/** Checks a task's options. @throws HoldfastError HF503 */
export function checkTask<Id extends string, P, O, I>(options: TaskOptions<Id, P, O, I>): TaskDefinition {
  const { id, description, retry, maxDuration, longRunning = false, webhookSecret, run } = options;
  if (typeof id !== "string" || id === "" || id.length > longestIdChars) {
    refuse(id, `the id must be a text of 1 to ${longestIdChars} characters`, "Give the task an id.");
  }
  for (const name of Object.keys(options)) {
    if (!known.has(name))
      refuse(id, `the option "${name}" is not supported`, `Remove it. Supported: ${[...known].join(", ")}.`);
  }
  if (typeof run !== "function") refuse(id, "run is missing", "Give the task a run function.");
  if (maxDuration !== undefined && !(Number.isFinite(maxDuration) && maxDuration > 0)) {
    refuse(id, `maxDuration is ${String(maxDuration)}`, "Give seconds above 0, or leave it out.");
  }
  if (typeof longRunning !== "boolean")
    refuse(id, `longRunning is ${JSON.stringify(longRunning)}`, "Give true, or leave it out.");
  if (webhookSecret !== undefined && !/^[A-Z_][A-Z0-9_]*$/i.test(webhookSecret)) {
    refuse(
      id,
      "webhookSecret must be the name of a setting",
      "Give the name of an environment variable, not the secret itself.",
    );
  }
  return {
    id,
    description,
    jsonSchema: schemaShown(id, options.jsonSchema),
    ...retryOf(id, retry),
    maxDurationMs: milliseconds(maxDuration ?? taskDefaults().maxDuration),
    longRunning,
    ttlMs: ttlOf(id, options.ttl ?? taskDefaults().ttl),
    webhookSecret,
    ...queueOf(id, options.queue, options.concurrency),
    machine: machineOption(options.machine ?? taskDefaults().machine),
    secrets: pinOrLatest(options),
    run: run as TaskDefinition["run"],
    hooks: hooksOf(options),
  };
}

function schemaShown(id: string, given: unknown): object | undefined {
  if (given === undefined || (typeof given === "object" && given !== null)) return given;
  return refuse(id, "jsonSchema is no object", "Give a JSON Schema, or check payloads with schemaTask.");
}

const isNamed = (limit: Concurrency | Queue | string): limit is Queue | string =>
  typeof limit === "string" || "name" in limit;

/** A limit that tasks share is a queue. One alone is the task's queue; of several the task has a queue of its own besides. */
function queueOf(
  id: string,
  queue: TaskQueue | undefined,
  given: TaskConcurrency | undefined,
): Pick<TaskDefinition, "queue" | "concurrency" | "limits"> {
  const all = [given ?? []].flat() as readonly (Concurrency | Queue | string)[];
  const limits = all.filter(isNamed);
  const own = all.filter((limit): limit is Concurrency => !isNamed(limit));
  if (own.length > 1 || limits.length > mostShared)
    refuse(
      id,
      `its concurrency has ${own.length} limits of its own and ${limits.length} that it shares`,
      `Give one { perKey, total } at most, and at most ${mostShared} of concurrencyLimit().`,
    );
  for (const limit of own) checkOwn(id, limit);
  const [concurrency] = own;
  const [only] = limits;
  if (all.length === 1 && queue === undefined && only !== undefined) return { queue: only, limits };
  return { queue, concurrency, limits };
}

function checkOwn(id: string, limit: Concurrency): void {
  if (Object.keys(limit).some((name) => name !== "perKey" && name !== "total"))
    refuse(
      id,
      "concurrency is more than a total and a perKey",
      "Give { perKey, total }, or a concurrencyLimit().",
    );
}

/** The config's for a task that has none of its own. */
function retryOf(
  id: string,
  own: TaskRetry | undefined,
): Pick<TaskDefinition, "retry" | "redo" | "largerMachine"> {
  const { retry, noRetries } = taskDefaults();
  const { redo = "failures", outOfMemory, ...policy } = own ?? retry ?? {};
  if (!redos.includes(redo))
    refuse(id, `retry.redo is ${JSON.stringify(redo)}`, 'Use "failures", "rejected" or "never".');
  const resolved = resolveRetry(policy);
  return {
    retry: noRetries ? { ...resolved, maxAttempts: 1 } : resolved,
    redo,
    largerMachine: machineOption(outOfMemory?.machine),
  };
}

function ttlOf(id: string, ttl: Duration | number | undefined): number | undefined {
  if (ttl === undefined || ttl === 0) return undefined;
  if (typeof ttl !== "number") return durationMs(ttl);
  if (Number.isFinite(ttl) && ttl > 0) return ttl * 1_000;
  return refuse(id, `ttl is ${ttl}`, 'Give a duration such as "10m", or seconds.');
}

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined || seconds >= timeout.None ? undefined : seconds * 1000;

function pinOrLatest({ id, secrets = "pin" }: Pick<TaskOptions<string, never, unknown>, "id" | "secrets">) {
  if (secrets === "pin" || secrets === "latest") return secrets;
  return refuse(id, `secrets is ${JSON.stringify(secrets)}`, 'Use "pin" or "latest".');
}

function hooksOf<Id extends string, P, O, I>(options: TaskOptions<Id, P, O, I>): TaskDefinition["hooks"] {
  const given = hookNames.flatMap((name) => {
    const hook = options[name];
    if (hook !== undefined && typeof hook !== "function")
      refuse(options.id, `${name} is no function`, `Write \`${name}: async ({ ctx, payload }) => { … }\`.`);
    return hook === undefined ? [] : [[name, hook] as const];
  });
  return Object.fromEntries(given) as TaskDefinition["hooks"];
}
