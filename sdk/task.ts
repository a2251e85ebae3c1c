/**
 * `task()` and `schemaTask()`: plain async functions, made durable.
 */

import { HoldfastError } from "../engine/errors.ts";
import type { BatchItem, BatchOptions, BatchResult, BatchRunHandle, BatchSource } from "./batch.ts";
import type { SubscribeOptions, TaskRunPromise } from "./child.ts";
import { durable } from "./link.ts";
import { batchTriggerOutside, type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import { register } from "./registry.ts";
import type { RequestOptions } from "./request-options.ts";
import { payloadParser, type Schema, type SchemaInput, type SchemaOutput } from "./schema.ts";
import { checkTask, type SchemaTaskOptions, type TaskDefinition, type TaskOptions } from "./task-options.ts";
import type { TaskRef } from "./task-ref.ts";

/** The payload may be left out only where it may be undefined. */
type Arguments<Payload, Options = TriggerOptions> = undefined extends Payload
  ? [payload?: Payload, options?: Options, request?: RequestOptions]
  : [payload: Payload, options?: Options, request?: RequestOptions];

/** A task as other code sees it. Calls are refused with HoldfastError HF506, HF508, HF510 to HF512 before they start anything. */
export interface Task<Id extends string, Payload, Output> {
  readonly id: Id;
  readonly description?: string | undefined;
  /** As it was given. */
  readonly jsonSchema?: object | undefined;
  /** Starts a run and does not wait for it. */
  trigger(...args: Arguments<Payload>): Promise<RunHandle<Id, Payload, Output>>;
  /** Starts up to 1,000 runs and does not wait for them. */
  batchTrigger(
    items: BatchSource<BatchItem<Payload>>,
    options?: BatchOptions,
    request?: RequestOptions,
  ): Promise<BatchRunHandle<Id, Payload, Output>>;
  /** Starts a child run and waits for its end, at no cost however long it takes. Only inside a run. */
  triggerAndWait(...args: Arguments<Payload>): TaskRunPromise<Id, Output>;
  /**
   * As `triggerAndWait`: a wait costs nothing here, so there is no need to stay awake for it. With a `signal` that aborts
   * it ends, by an `AbortError`, and cancels the child, unless `cancelOnAbort` is false.
   */
  triggerAndSubscribe(...args: Arguments<Payload, SubscribeOptions>): TaskRunPromise<Id, Output>;
  /** Starts up to 1,000 child runs and waits until all have ended, in whatever way. Only inside a run. */
  batchTriggerAndWait(
    items: BatchSource<BatchItem<Payload>>,
    options?: BatchOptions,
    request?: RequestOptions,
  ): Promise<BatchResult<Id, Output>>;
}

/** A task whose payload is checked, with its schema: for a model's tool that takes the same. */
export interface SchemaTask<Id extends string, S extends Schema, Output>
  extends Task<Id, SchemaInput<S>, Output> {
  readonly schema: S;
}

/** Registers a checked task; gives it as other code sees it. */
export function taskFrom<Id extends string, Payload, Output>(
  id: Id,
  definition: TaskDefinition,
): Task<Id, Payload, Output> {
  register(definition);
  const ref: TaskRef = { id, check: definition.parse };
  return {
    id,
    description: definition.description,
    ...(definition.jsonSchema === undefined ? {} : { jsonSchema: definition.jsonSchema }),
    trigger: durable("trigger", [ref], (...args: Arguments<Payload>) =>
      triggerOutside<Id, Payload, Output>(ref, ...(args as [unknown])),
    ),
    batchTrigger: durable(
      "batchTrigger",
      [ref],
      (items: BatchSource<BatchItem<Payload>>, options?: BatchOptions, request?: RequestOptions) =>
        batchTriggerOutside<Id, Payload, Output>(ref, items, options, request),
    ),
    triggerAndWait: durable(
      "triggerAndWait",
      [ref],
      (): TaskRunPromise<Id, Output> => onlyInside("triggerAndWait"),
    ),
    triggerAndSubscribe: durable(
      "triggerAndSubscribe",
      [ref],
      (): TaskRunPromise<Id, Output> => onlyInside("triggerAndSubscribe"),
    ),
    batchTriggerAndWait: durable(
      "batchTriggerAndWait",
      [ref],
      async (): Promise<BatchResult<Id, Output>> => onlyInside("batchTriggerAndWait"),
    ),
  };
}

/**
 * Defines a task. Every `await` in `run` is a checkpoint: once its result is recorded it never runs again, unless your
 * own code rejects that result.
 *
 * @throws HoldfastError HF502 for an id that is taken, HF503 for options that are not valid.
 * @example
 * ```ts
 * import { task } from "holdfast";
 *
 * export const greet = task({
 *   id: "greet",
 *   retry: { maxAttempts: 5 },
 *   run: async (payload: { name: string }) => {
 *     const page = await fetch(`https://example.com/${payload.name}`);
 *     return await page.text();
 *   },
 * });
 * ```
 */
export function task<const Id extends string, Payload = undefined, Output = unknown, Init = undefined>(
  options: TaskOptions<Id, Payload, Output, Init>,
): Task<Id, Payload, Output> {
  return taskFrom(options.id, checkTask(options));
}

/**
 * Defines a task whose payload is checked: where it is triggered through this object (a payload that does not fit throws
 * there, and nothing is stored), and before `run` begins, which gets the parsed value. `trigger` takes what the schema
 * takes. Schemas of zod 3 and 4, valibot, ArkType, yup, superstruct, and functions that parse.
 *
 * @throws HoldfastError HF502 for an id that is taken, HF503 for options that are not valid, HF513 for what is no schema.
 * @example
 * ```ts
 * import { schemaTask } from "holdfast";
 *
 * export const greet = schemaTask({
 *   id: "greet-checked",
 *   schema: (payload: unknown) => {
 *     if (typeof payload !== "string") throw new Error("A name, please.");
 *     return payload;
 *   },
 *   run: async (name) => `Hello ${name}`,
 * });
 * ```
 */
export function schemaTask<const Id extends string, S extends Schema, Output = unknown, Init = undefined>(
  options: SchemaTaskOptions<Id, S, SchemaOutput<S>, Output, Init>,
): SchemaTask<Id, S, Output> {
  const { schema, ...rest } = options;
  const definition = { ...checkTask(rest), parse: payloadParser(options.id, schema) };
  return { ...taskFrom<Id, SchemaInput<S>, Output>(options.id, definition), schema };
}

/** Trigger.dev's words for it. */
export function onlyInside(name: string): never {
  throw new HoldfastError(
    "HF501",
    `${name} can only be used from inside a task.run().`,
    "Outside, use trigger() and look at the run with runs.poll().",
  );
}
