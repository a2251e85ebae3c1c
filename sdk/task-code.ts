/**
 * Tasks as the engine gets them: how `run` and the hooks are called.
 *
 * Owns:      what is called before `run`, and with which arguments.
 * Invariant: a hook has a frame of its own: what it awaits is recorded apart from `run`.
 */
import { handOver } from "../engine/authored.ts";
import { counted } from "../engine/counted.ts";
import type { Frame } from "../engine/frame.ts";
import { frameContext } from "../engine/frame-context.ts";
import type { EndEvent } from "../engine/run.ts";
import type { EndHook, Entering, TaskCode } from "../engine/task-code.ts";
import { withFrame } from "../engine/virtual.ts";
import { contextOf } from "./context.ts";
import { hooksAtEnd } from "./hooks.ts";
import type { TaskDefinition } from "./task-options.ts";

/** More attempts than a run can have between two resumes. */
const attemptsMax = 10_000;

/** The task, for the engine. */
export function taskCode(task: TaskDefinition): TaskCode {
  const { id, retry, redo, maxDurationMs, hooks } = task;
  const endHooks = (event: EndEvent): EndHook[] =>
    hooksAtEnd[event].flatMap(({ name, told }) => {
      const hook = hooks[name];
      if (hook === undefined) return [];
      const call: EndHook["call"] = (frame, payload, entering, value) =>
        handOver(frame, hook, undefined, [{ ...argument(task, frame, payload, entering), ...told(value) }]);
      return [{ name, call }];
    });
  const hasEndHooks = Object.keys(hooksAtEnd).some((event) => endHooks(event as EndEvent).length > 0);
  const hasBefore =
    task.parse !== undefined || hooks.onStart !== undefined || hooks.onStartAttempt !== undefined;
  const run = (root: Frame, payload: unknown, { signal, ...entering }: Entering): unknown => {
    const ctx = contextOf(entering.run, entering.attempt, root.execution.now);
    return handOver(root, task.run, undefined, [payload, { ctx, signal }]);
  };
  const enter: TaskCode["enter"] = hasBefore
    ? async (root, payload, entering) => run(root, await before(task, root, payload, entering), entering)
    : run;
  return { id, retry, redo, maxDurationMs, hasEndHooks, endHooks, enter };
}

/** What a hook is told. */
function argument(task: TaskDefinition, frame: Frame, payload: unknown, { run, attempt, signal }: Entering) {
  const ctx = contextOf(run, attempt, frame.execution.now);
  return { ctx, payload, task: task.id, signal };
}

/** Parses the payload and calls the hooks that come before `run`; gives the payload for it. */
async function before(task: TaskDefinition, root: Frame, raw: unknown, entering: Entering): Promise<unknown> {
  const { onStart, onStartAttempt } = task.hooks;
  const { journal } = root.execution;
  const payload = task.parse === undefined ? raw : await parsed(task, root, raw);
  const call = (hook: NonNullable<typeof onStart>, key: string): unknown => {
    const frame = root.child(key);
    return handOver(frame, hook, undefined, [argument(task, frame, payload, entering)]);
  };
  if (onStart !== undefined && entering.attempt === 1) await call(onStart, "/onStart#0");
  const attempts = journal.resumes * attemptsMax + entering.attempt - 1;
  if (onStartAttempt !== undefined) await call(onStartAttempt, `/onStartAttempt#${attempts}`);
  return payload;
}

/** In the run's own time and chance: a default that draws an id gives the same one in each pass. */
function parsed({ parse }: TaskDefinition, root: Frame, raw: unknown): Promise<unknown> {
  const frame = root.child("/schema#0");
  return counted(root.execution, async () => withFrame(frameContext(frame), () => parse?.(raw)));
}
