/**
 * Tasks by their id: for callers that import no task code.
 */
import type { TaskRunPromise } from "./child.ts";
import { durable } from "./link.ts";
import { type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import { onlyInside, type Task } from "./task.ts";

/** Any task: inference looks into it. */
type AnyTask = { readonly id: string; readonly trigger: (...args: never[]) => unknown };
type IdOf<T> = T extends Task<infer Id, infer _P, infer _O> ? Id : string;
type PayloadOf<T> = T extends Task<string, infer P, infer _O> ? P : never;
type OutputOf<T> = T extends Task<string, infer _P, infer O> ? O : never;

/**
 * Triggers by id, with the task's types: `tasks.trigger<typeof order>("order", payload)`.
 */
export const tasks = {
  trigger: durable(
    "trigger",
    [],
    <T extends AnyTask>(
      id: IdOf<T>,
      payload: PayloadOf<T>,
      options?: TriggerOptions,
    ): Promise<RunHandle<IdOf<T>>> => triggerOutside(id, payload, options),
  ),
  triggerAndWait: durable(
    "triggerAndWait",
    [],
    <T extends AnyTask>(
      _id: IdOf<T>,
      _payload: PayloadOf<T>,
      _options?: TriggerOptions,
    ): TaskRunPromise<OutputOf<T>> => onlyInside("triggerAndWait"),
  ),
};
