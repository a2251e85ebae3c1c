/**
 * A child run's end, as `triggerAndWait` gives it.
 */

import type { ApiTriggerOptions } from "./trigger-body.ts";

/** What `triggerAndSubscribe` may be given. */
export interface SubscribeOptions extends ApiTriggerOptions {
  /** Ends the wait when it aborts, by an `AbortError`. One that has aborted before starts nothing. */
  readonly signal?: AbortSignal;
  /** Does an abort cancel the child that was started? True by default; one that an idempotency key has found goes on. */
  readonly cancelOnAbort?: boolean;
}

/** How a child ended: a value, not an exception. */
export type TaskRunResult<Id extends string = string, Output = unknown> =
  | { readonly ok: true; readonly id: string; readonly taskIdentifier: Id; readonly output: Output }
  | { readonly ok: false; readonly id: string; readonly taskIdentifier: Id; readonly error: Error };

/** What `triggerAndWait` gives: await it for the result, or `.unwrap()` it for the output. */
export interface TaskRunPromise<Id extends string = string, Output = unknown>
  extends Promise<TaskRunResult<Id, Output>> {
  /** The child's output. @throws SubtaskUnwrapError when it did not succeed. */
  unwrap(): Promise<Output>;
}

/** A child did not succeed and its output was asked for. The parent is not tried again because of it. */
export class SubtaskUnwrapError extends Error {
  override readonly name = "SubtaskUnwrapError";
  readonly taskId: string;
  readonly runId: string;
  constructor(taskId: string, runId: string, cause: Error) {
    super(`Error in ${taskId}: ${cause.message}`, { cause });
    this.taskId = taskId;
    this.runId = runId;
  }
}

/** The output of a result. @throws SubtaskUnwrapError */
export function unwrapResult<Output>(result: TaskRunResult<string, Output>): Output {
  if (result.ok) return result.output;
  throw new SubtaskUnwrapError(result.taskIdentifier, result.id, result.error);
}
