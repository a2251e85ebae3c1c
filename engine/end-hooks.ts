/**
 * What a task does at the end of its run: `onSuccess`, `onFailure`, `onComplete`, `onCancel`.
 *
 * How the run has ended is a record of its own before the first of them is called. A pass that finds it calls the hooks
 * and not `run`: whatever happens meanwhile, the run ends as it had ended.
 *
 * Owns:      the record of an end, and the order of the hooks.
 * Never:     lets an error of a hook change the end.
 * Invariant: E1 the awaits of a hook are checkpoints, in a frame of its own; a resumed run has hooks of its own.
 */
import { encode, prepare } from "./codec.ts";
import { loaded, loadMetadata } from "./counted.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Ending } from "./ending.ts";
import { RunCanceledError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { keep } from "./new-run.ts";
import type { Ports } from "./ports.ts";
import type { EndedRecord } from "./record.ts";
import type { EndEvent, Run } from "./run.ts";
import { toRunError } from "./run-error.ts";
import type { Metadata } from "./run-metadata.ts";
import type { TaskCode } from "./task-code.ts";
import type { Draft } from "./writer.ts";

type EndedDraft = Extract<Draft, { kind: "ended" }>;

/** The end as a record, or undefined where the task has nothing to say to it. */
export async function endedDraft(
  ports: Ports,
  task: TaskCode | undefined,
  run: Run,
  ending: Ending,
  metadata: Metadata | undefined,
): Promise<EndedDraft | undefined> {
  if (task?.hasEndHooks !== true) return undefined;
  const ended = await draftOf(ports, ending);
  if (task.endHooks(ended.event, run).length === 0) return undefined;
  return metadata === undefined ? ended : { ...ended, metadata: await keep(ports, encode(metadata).text) };
}

async function draftOf(ports: Ports, ending: Ending): Promise<EndedDraft> {
  if (ending.event !== "completed") return failure(ports, ending.event, ending.error, ending.failedBy);
  if ("stored" in ending) return { kind: "ended", event: "completed", value: ending.stored };
  try {
    await prepare(ending.output);
    return {
      kind: "ended",
      event: "completed",
      value: await keep(ports, encode(ending.output).text),
    };
  } catch (error) {
    return failure(ports, "failed", error, undefined);
  }
}

async function failure(
  ports: Ports,
  event: EndEvent,
  error: unknown,
  failedBy: Run["failedBy"],
): Promise<EndedDraft> {
  const shown = toRunError(error);
  return {
    kind: "ended",
    event,
    value: await keep(ports, await errorText(error)),
    error: shown,
    ...(failedBy === undefined || failedBy.length === 0 ? {} : { failedBy }),
  };
}

/** An error that cannot be recorded is told by its message. */
async function errorText(error: unknown): Promise<string> {
  try {
    await prepare(error);
    return encode(error).text;
  } catch {
    const { name, message } = toRunError(error);
    return encode(Object.assign(new Error(message), { name })).text;
  }
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
