/**
 * `task()`: a plain async function, made durable.
 */

import { HoldfastError } from "../engine/errors.ts";
import type { TaskRunPromise } from "./child.ts";
import { durable } from "./link.ts";
import { type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import { register } from "./registry.ts";
import { checkTask, type TaskOptions } from "./task-options.ts";

type Arguments<Payload> = undefined extends Payload
  ? [payload?: Payload, options?: TriggerOptions]
  : [payload: Payload, options?: TriggerOptions];

/** A task as other code sees it. */
export interface Task<Id extends string, Payload, Output> {
  readonly id: Id;
  readonly description?: string | undefined;
  /** Starts a run and does not wait for it. */
  trigger(...args: Arguments<Payload>): Promise<RunHandle<Id>>;
  /** Starts a child run and waits for its end, at no cost however long it takes. Only inside a run. */
  triggerAndWait(...args: Arguments<Payload>): TaskRunPromise<Output>;
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
export function task<const Id extends string, Payload = undefined, Output = unknown>(
  options: TaskOptions<Id, Payload, Output>,
): Task<Id, Payload, Output> {
  const definition = checkTask(options);
  register(definition);
  const { id } = options;
  return {
    id,
    description: options.description,
    trigger: durable("trigger", [id], (...args: Arguments<Payload>) => triggerOutside(id, args[0], args[1])),
    triggerAndWait: durable(
      "triggerAndWait",
      [id],
      (): TaskRunPromise<Output> => onlyInside("triggerAndWait"),
    ),
  };
}

/** Trigger.dev's words for it. */
export function onlyInside(name: string): never {
  throw new HoldfastError(
    "HF501",
    `${name} can only be used from inside a task.run().`,
    "Outside, use trigger() and look at the run with runs.poll().",
  );
}
