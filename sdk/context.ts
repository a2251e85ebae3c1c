/**
 * What a run knows of itself: `ctx`, in Trigger.dev's form. Fixed for the run, but for `attempt`.
 */
import type { Run } from "../engine/run.ts";

/** The second argument's `ctx` of a task's `run`. */
export interface Context {
  readonly task: { readonly id: string };
  readonly attempt: { readonly number: number; readonly startedAt: Date };
  readonly run: {
    readonly id: string;
    readonly tags: readonly string[];
    readonly isTest: boolean;
    readonly createdAt: Date;
    readonly idempotencyKey?: string;
    readonly maxAttempts?: number;
    readonly version: string;
    readonly parentTaskRunId?: string;
    readonly rootTaskRunId?: string;
  };
}

/** The context of a run's attempt. */
export function contextOf(run: Run, attempt: number, startedAt: number): Context {
  return {
    task: { id: run.task },
    attempt: { number: attempt, startedAt: new Date(startedAt) },
    run: {
      id: run.id,
      tags: run.tags,
      isTest: run.isTest,
      createdAt: new Date(run.createdAt),
      ...(run.idempotencyKey === undefined ? {} : { idempotencyKey: run.idempotencyKey }),
      ...(run.maxAttempts === undefined ? {} : { maxAttempts: run.maxAttempts }),
      version: run.codeVersion,
      ...(run.parent === undefined ? {} : { parentTaskRunId: run.parent.runId }),
      ...(run.root === undefined ? {} : { rootTaskRunId: run.root }),
    },
  };
}
