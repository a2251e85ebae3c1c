/**
 * Tasks by their id: for callers that import no task code.
 */
import type { BatchItem, BatchOptions, BatchResult, BatchRunHandle } from "./batch.ts";
import type { TaskRunPromise } from "./child.ts";
import { durable } from "./link.ts";
import { batchTriggerOutside, type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import { onlyInside, type Task } from "./task.ts";

/** Any task: inference looks into it. */
type AnyTask = { readonly id: string; readonly trigger: (...args: never[]) => unknown };
type IdOf<T> = T extends Task<infer Id, infer _P, infer _O> ? Id : string;
type PayloadOf<T> = T extends Task<string, infer P, infer _O> ? P : never;
type OutputOf<T> = T extends Task<string, infer _P, infer O> ? O : never;

/**
 * Triggers by id, with the task's types: the id and the payload are checked by the compiler, and no task code is loaded.
 *
 * @example
 * ```ts
 * import { task, tasks } from "holdfast";
 *
 * // In another file: import type { order } from "./tasks/order.ts";
 * const order = task({ id: "order", run: async (payload: { orderId: number }) => payload.orderId });
 *
 * await tasks.trigger<typeof order>("order", { orderId: 7 });
 * await tasks.batchTrigger<typeof order>("order", [{ payload: { orderId: 8 } }, { payload: { orderId: 9 } }]);
 * ```
 */
export const tasks = {
  /** As `task.trigger`. */
  trigger: durable(
    "trigger",
    [],
    <T extends AnyTask>(
      id: IdOf<T>,
      payload: PayloadOf<T>,
      options?: TriggerOptions,
    ): Promise<RunHandle<IdOf<T>>> => triggerOutside<IdOf<T>>(id, payload, options),
  ),
  /** As `task.batchTrigger`. */
  batchTrigger: durable(
    "batchTrigger",
    [],
    <T extends AnyTask>(
      id: IdOf<T>,
      items: readonly BatchItem<PayloadOf<T>>[],
      options?: BatchOptions,
    ): Promise<BatchRunHandle<IdOf<T>>> => batchTriggerOutside<IdOf<T>>(id, items, options),
  ),
  /** As `task.triggerAndWait`. @throws HoldfastError HF501 outside a run. */
  triggerAndWait: durable(
    "triggerAndWait",
    [],
    <T extends AnyTask>(
      _id: IdOf<T>,
      _payload: PayloadOf<T>,
      _options?: TriggerOptions,
    ): TaskRunPromise<OutputOf<T>> => onlyInside("triggerAndWait"),
  ),
  /** As `task.batchTriggerAndWait`. @throws HoldfastError HF501 outside a run. */
  batchTriggerAndWait: durable(
    "batchTriggerAndWait",
    [],
    async <T extends AnyTask>(
      _id: IdOf<T>,
      _items: readonly BatchItem<PayloadOf<T>>[],
      _options?: BatchOptions,
    ): Promise<BatchResult<OutputOf<T>>> => onlyInside("batchTriggerAndWait"),
  ),
};
