/**
 * What a task does at the end of its run: `onSuccess`, `onFailure`, `onComplete`, `onCancel`.
 *
 * How the run has ended is a record of its own before the first of them is called. A pass that finds it calls the hooks
 * and not `run`: whatever happens meanwhile, the run ends as it had ended.
 *
 * Owns:      when an end is a record (`ended-draft.ts` makes it), and the order of the hooks.
 * Never:     lets an error of a hook change the end.
 * Invariant: E1 the awaits of a hook are checkpoints, in a frame of its own; a resumed run has hooks of its own.
 */
import { loaded, loadMetadata } from "./counted.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { EndedDraft } from "./ended-draft.ts";
import type { Ending } from "./ending.ts";
import { RunCanceledError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import type { Ports } from "./ports.ts";
import type { EndedRecord } from "./record.ts";
import type { Run } from "./run.ts";
import { toRunError } from "./run-error.ts";
import type { Metadata } from "./run-metadata.ts";
import type { TaskCode } from "./task-code.ts";

/** The end as a record, or undefined where the task has nothing to say to it. */
export async function endedDraft(
  ports: Ports,
  task: TaskCode | undefined,
  run: Run,
  ending: Ending,
  metadata: Metadata | undefined,
): Promise<EndedDraft | undefined> {
  if (task?.hasEndHooks !== true) return undefined;
  const ended = await (await import("./ended-draft.ts")).endedDraft(ports, ending, metadata);
  return task.endHooks(ended.event, run).length === 0 ? undefined : ended;
}

/** The end that the record tells. */
export function endingOf({ event, value, error, failedBy }: EndedRecord): Ending {
  if (event === "completed") return { event, stored: value };
  return { event, error, ...(failedBy === undefined ? {} : { failedBy }) };
}

/** Calls the hooks, one after the other. What they throw is only told. */
export function enterHooks(
  execution: Execution,
  task: TaskCode,
  ended: EndedRecord,
  settle: (ok: boolean, value: unknown) => void,
): void {
  const { context, journal, root } = execution;
  const attempt = journal.attempts.length + 1;
  const enter = async (): Promise<void> => {
    const payload = await loaded(execution, context.run.payload);
    const value = await loaded(execution, ended.value);
    await loadMetadata(execution, { started: context.run.metadata, changed: ended.metadata });
    const entering = { run: context.run, attempt, signal: context.signal };
    const callAll = async (): Promise<void> => {
      for (const { name, call } of task.endHooks(ended.event, context.run)) {
        const frame = root.child(`/${name}#${journal.resumes}`);
        try {
          await call(frame, payload, entering, value);
        } catch (error) {
          tell(execution, name, error);
        }
      }
    };
    try {
      await (task.aroundEndHooks?.(root, payload, entering, callAll) ?? callAll());
    } catch (error) {
      tell(execution, "middleware", error);
    }
  };
  currentRun.run(new CurrentRun(execution), () => {
    enter().then(
      () => settle(true, undefined),
      (error: unknown) => context.fail(error),
    );
  });
  execution.kick();
}

function tell(execution: Execution, name: string, error: unknown): void {
  if (execution.replaying || execution.stopped) return;
  if (error instanceof RunCanceledError) return;
  const { name: kind, message, stack } = toRunError(error);
  execution.context.print("error", [
    `${name} failed, the run ends as it would have:`,
    stack ?? `${kind}: ${message}`,
  ]);
}
