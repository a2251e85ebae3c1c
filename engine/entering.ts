/**
 * Enters a task's `run`, and hears how it settles.
 */
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
    await loadMetadata(execution, { started: run.metadata });
    return task.enter(execution.root, payload, { run, attempt, signal });
  };
  execution.attempt = { end: (error) => settle(false, error) };
  currentRun.run(new CurrentRun(execution), () => {
    enter().then(
      (value) => settle(true, value),
      (error: unknown) => settle(false, error),
    );
  });
  execution.kick();
}
