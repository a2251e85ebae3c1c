/**
 * Tasks by their id: for callers that import no task code.
 */

import type { BatchItem, BatchOptions, BatchResult, BatchRunHandle, BatchSource } from "./batch.ts";
import type { SubscribeOptions, TaskRunPromise } from "./child.ts";
import { hookSetter } from "./global-hooks.ts";
import type {
  CancelHookParams,
  CatchErrorHookParams,
  CompleteHookParams,
  FailureHookParams,
  MiddlewareParams,
  StartHookParams,
  SuccessHookParams,
  WaitHookParams,
} from "./hooks.ts";
import { durable } from "./link.ts";
import { batchTriggerOutside, type RunHandle, type TriggerOptions, triggerOutside } from "./outside.ts";
import type { RequestOptions } from "./request-options.ts";
import { onlyInside } from "./task.ts";
import type { AnyTask, TaskIdentifier, TaskOutput, TaskPayload } from "./task-types.ts";

/** The handle of a run of a task. */
type HandleOf<T> = RunHandle<TaskIdentifier<T>, TaskPayload<T>, TaskOutput<T>>;

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
      id: TaskIdentifier<T>,
      payload: TaskPayload<T>,
      options?: TriggerOptions,
      request?: RequestOptions,
    ): Promise<HandleOf<T>> =>
      triggerOutside<TaskIdentifier<T>, TaskPayload<T>, TaskOutput<T>>(id, payload, options, request),
  ),
  /** As `task.batchTrigger`. */
  batchTrigger: durable(
    "batchTrigger",
    [],
    <T extends AnyTask>(
      id: TaskIdentifier<T>,
      items: BatchSource<BatchItem<TaskPayload<T>>>,
      options?: BatchOptions,
      request?: RequestOptions,
    ): Promise<BatchRunHandle<TaskIdentifier<T>, TaskPayload<T>, TaskOutput<T>>> =>
      batchTriggerOutside<TaskIdentifier<T>, TaskPayload<T>, TaskOutput<T>>(id, items, options, request),
  ),
  /** As `task.triggerAndWait`. @throws HoldfastError HF501 outside a run. */
  triggerAndWait: durable(
    "triggerAndWait",
    [],
    <T extends AnyTask>(
      _id: TaskIdentifier<T>,
      _payload: TaskPayload<T>,
      _options?: TriggerOptions,
      _request?: RequestOptions,
    ): TaskRunPromise<TaskIdentifier<T>, TaskOutput<T>> => onlyInside("triggerAndWait"),
  ),
  /** As `task.triggerAndSubscribe`. @throws HoldfastError HF501 outside a run. */
  triggerAndSubscribe: durable(
    "triggerAndSubscribe",
    [],
    <T extends AnyTask>(
      _id: TaskIdentifier<T>,
      _payload: TaskPayload<T>,
      _options?: SubscribeOptions,
      _request?: RequestOptions,
    ): TaskRunPromise<TaskIdentifier<T>, TaskOutput<T>> => onlyInside("triggerAndSubscribe"),
  ),
  /** As `task.batchTriggerAndWait`. @throws HoldfastError HF501 outside a run. */
  batchTriggerAndWait: durable(
    "batchTriggerAndWait",
    [],
    async <T extends AnyTask>(
      _id: TaskIdentifier<T>,
      _items: BatchSource<BatchItem<TaskPayload<T>>>,
      _options?: BatchOptions,
      _request?: RequestOptions,
    ): Promise<BatchResult<TaskIdentifier<T>, TaskOutput<T>>> => onlyInside("batchTriggerAndWait"),
  ),
  /** Sets a hook of all tasks, called ahead of the task's own; a name that is set again replaces the hook that had it. */
  onStart: hookSetter<StartHookParams<unknown>>("onStart"),
  /** As `onStart`. */
  onStartAttempt: hookSetter<StartHookParams<unknown>>("onStartAttempt"),
  /** As `onStart`. */
  onSuccess: hookSetter<SuccessHookParams<unknown, unknown>>("onSuccess"),
  /** As `onStart`. */
  onFailure: hookSetter<FailureHookParams<unknown>>("onFailure"),
  /** As `onStart`. */
  onComplete: hookSetter<CompleteHookParams<unknown, unknown>>("onComplete"),
  /** As `onStart`. */
  onCancel: hookSetter<CancelHookParams<unknown>>("onCancel"),
  /** As `onStart`. */
  onWait: hookSetter<WaitHookParams<unknown>>("onWait"),
  /** As `onStart`. */
  onResume: hookSetter<WaitHookParams<unknown>>("onResume"),
  /** As `onStart`: around the task's own. */
  middleware: hookSetter<MiddlewareParams<unknown>>("middleware"),
  /** As `onStart`, but asked behind the task's own. */
  catchError: hookSetter<CatchErrorHookParams<unknown>>("catchError"),
  /** The older name of `catchError`. */
  handleError: hookSetter<CatchErrorHookParams<unknown>>("handleError"),
};
