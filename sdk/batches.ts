/**
 * `batch`: runs of several tasks, started with one call.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { BatchItem, BatchOptions, BatchRunHandle, BatchSource } from "./batch.ts";
import type { TaskRunResult } from "./child.ts";
import { configuredClient } from "./configured-client.ts";
import { durable } from "./link.ts";
import { batchTriggerOutside } from "./outside.ts";
import type { RequestOptions } from "./request-options.ts";
import type { RunSummary } from "./run-shape.ts";
import { onlyInside } from "./task.ts";
import type { AnyTask, TaskIdentifier, TaskOutput, TaskPayload } from "./task-types.ts";

/** An item that names its task by its id. */
export type BatchByIdItem<T extends AnyTask> = T extends AnyTask
  ? { readonly id: TaskIdentifier<T> } & BatchItem<TaskPayload<T>>
  : never;

/** An item that names its task by the task. */
export type BatchByTaskItem<T extends AnyTask> = { readonly task: T } & BatchItem<TaskPayload<T>>;

/** How the run of an item by id ended. */
type ResultById<T extends AnyTask> = T extends AnyTask
  ? TaskRunResult<TaskIdentifier<T>, TaskOutput<T>>
  : never;

/** An item for each task of a list, in its order. */
type ItemsByTask<Tasks extends readonly AnyTask[]> = {
  readonly [At in keyof Tasks]: BatchByTaskItem<Tasks[At]>;
};

/** How the runs of a batch of several tasks ended, in the order of the items. */
export interface BatchByTaskResult<Tasks extends readonly AnyTask[]> {
  readonly id: string;
  readonly runs: {
    readonly [At in keyof Tasks]: TaskRunResult<TaskIdentifier<Tasks[At]>, TaskOutput<Tasks[At]>>;
  };
}

/** A batch as it is now. */
export interface RetrievedBatch {
  readonly id: string;
  /** `PARTIAL_FAILED`: all have ended, some of them not well. */
  readonly status: "PROCESSING" | "COMPLETED" | "PARTIAL_FAILED";
  readonly runCount: number;
  /** The ids of its runs. */
  readonly runs: string[];
}

/**
 * Runs of several tasks, started with one call; up to 1,000, of which all begin or none.
 *
 * @throws HoldfastError HF511 for items that are not valid, HF506, HF508, HF510 to HF512 for their options; nothing is
 * started then. HF501 for the two that wait, outside a run.
 * @example
 * ```ts
 * import { batch, task } from "holdfast";
 *
 * const resize = task({ id: "batch-resize", run: async (file: string) => `${file}.small` });
 * const count = task({ id: "batch-count", run: async (payload: { text: string }) => payload.text.length });
 *
 * export const prepare = task({
 *   id: "batch-prepare",
 *   run: async () => {
 *     const { runs } = await batch.triggerByTaskAndWait([
 *       { task: resize, payload: "a.png" },
 *       { task: count, payload: { text: "hello" } },
 *     ]);
 *     return runs[1].ok ? runs[1].output + 1 : 0;
 *   },
 * });
 * ```
 */
export const batch = {
  /** Starts runs of the tasks that the items name by `id`. */
  trigger: durable(
    "batchTrigger",
    [undefined],
    <T extends AnyTask>(
      items: BatchSource<BatchByIdItem<T>>,
      options?: BatchOptions,
      request?: RequestOptions,
    ): Promise<BatchRunHandle<TaskIdentifier<T>>> =>
      batchTriggerOutside<TaskIdentifier<T>>(undefined, items, options, request),
  ),
  /** The same, and waits until all have ended. */
  triggerAndWait: durable(
    "batchTriggerAndWait",
    [undefined],
    async <T extends AnyTask>(
      _items: BatchSource<BatchByIdItem<T>>,
      _options?: BatchOptions,
      _request?: RequestOptions,
    ): Promise<{ readonly id: string; readonly runs: ResultById<T>[] }> => onlyInside("batch.triggerAndWait"),
  ),
  /** Starts runs of the tasks that the items give as `task`. */
  triggerByTask: durable(
    "batchTrigger",
    [undefined],
    <const Tasks extends readonly AnyTask[]>(
      items: ItemsByTask<Tasks>,
      options?: BatchOptions,
      request?: RequestOptions,
    ): Promise<BatchRunHandle> =>
      batchTriggerOutside(undefined, items as readonly unknown[], options, request),
  ),
  /** The same, and waits until all have ended. */
  triggerByTaskAndWait: durable(
    "batchTriggerAndWait",
    [undefined],
    async <const Tasks extends readonly AnyTask[]>(
      _items: ItemsByTask<Tasks>,
      _options?: BatchOptions,
      _request?: RequestOptions,
    ): Promise<BatchByTaskResult<Tasks>> => onlyInside("batch.triggerByTaskAndWait"),
  ),
  /** A batch that was started, as its runs are now. @throws HoldfastError HF208 for one with no runs */
  retrieve: async (batchId: string): Promise<RetrievedBatch> => {
    const found: RunSummary[] = [];
    for await (const run of configuredClient().listRuns({ batch: batchId, limit: 100 })) found.push(run);
    if (found.length === 0)
      throw new HoldfastError(
        "HF208",
        `There is no batch ${batchId}.`,
        "Check the id: it is the handle's batchId.",
      );
    const isOver = found.every((run) => run.isCompleted);
    const hasFailed = found.some((run) => run.isCompleted && !run.isSuccess);
    const status = !isOver ? "PROCESSING" : hasFailed ? "PARTIAL_FAILED" : "COMPLETED";
    return { id: batchId, status, runCount: found.length, runs: found.map(({ id }) => id).reverse() };
  },
};
