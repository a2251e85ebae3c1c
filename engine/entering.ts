/**
 * Enters a task's `run`, and hears how it settles.
 */
import { leftMetadata } from "./carried-metadata.ts";
import { caught } from "./catching.ts";
import { loaded, loadMetadata } from "./counted.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import type { TaskCode } from "./task-code.ts";

/** Calls `run` in the root frame, each time with a payload of its own; what it throws at once settles it too. */
export function enterRun(
  execution: Execution,
  task: TaskCode,
  settle: (ok: boolean, value: unknown) => void,
): void {
  const { run, signal } = execution.context;
  const attempt = execution.journal.attempts.length + 1;
  const enter = async (): Promise<unknown> => {
    const payload = await loaded(execution, run.payload);
    const left = leftMetadata(execution.journal);
    await loadMetadata(execution, {
      ...{ started: run.metadata, changed: left?.metadata, addedUpTo: left?.upTo },
    });
    return task.enter(execution.root, payload, { run, attempt, signal });
  };
  const failed = (error: unknown): void =>
    void caught(execution, error).then(
      (shown) => settle(false, shown),
      (cause: unknown) => execution.context.fail(cause),
    );
  execution.attempt = {
    end: (error) => endedEarly(execution, task, error, settle),
    ...(task.catchError === undefined ? {} : { catchError: task.catchError }),
  };
  currentRun.run(new CurrentRun(execution), () => {
    enter().then(
      (value) => settle(true, value),
      task.catchError === undefined ? (error) => settle(false, error) : failed,
    );
  });
  execution.kick();
}

/** The attempt ends where its error was thrown, unless the task says that no other one follows. */
function endedEarly(
  execution: Execution,
  task: TaskCode,
  error: unknown,
  settle: (ok: boolean, value: unknown) => void,
): Promise<void> | undefined {
  if (task.catchError === undefined) {
    settle(false, error);
    return undefined;
  }
  return new Promise((goOn) => {
    caught(execution, error).then(
      (shown) => {
        if (execution.attempt?.failed?.next.retryAt === undefined) goOn();
        else settle(false, shown);
      },
      (cause: unknown) => execution.context.fail(cause),
    );
  });
}
