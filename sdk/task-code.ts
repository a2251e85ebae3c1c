/**
 * Tasks as the engine gets them: how `run` and the hooks are called.
 *
 * Owns:      what is called before and behind `run`, and with which arguments.
 */
import { handOver } from "../engine/authored.ts";
import { counted } from "../engine/counted.ts";
import type { Frame } from "../engine/frame.ts";
import { frameContext } from "../engine/frame-context.ts";
import type { EndEvent, Run } from "../engine/run.ts";
import { toRunError } from "../engine/run-error.ts";
import { metadataOf } from "../engine/run-metadata.ts";
import type { EndHook, Entering, TaskCode } from "../engine/task-code.ts";
import { withFrame } from "../engine/virtual.ts";
import { catchError, catchersOf } from "./catch-error.ts";
import { type HookName, hooksAtEnd } from "./hooks.ts";
import { allQueues } from "./queue.ts";
import { argument, callHooks, type Entered, hooksNamed, noteEntered, withMiddleware } from "./run-hooks.ts";
import { contextIn } from "./seen-tags.ts";
import type { TaskDefinition } from "./task-options.ts";

/** More attempts than a run can have between two resumes. */
const attemptsMax = 10_000;

const aroundRun: readonly HookName[] = ["middleware", "init", "cleanup", "onStart", "onStartAttempt"];
const aroundWaits: readonly HookName[] = ["onWait", "onResume"];

/** Has it hooks for runs that end without a pass? */
export const hearsOfEnds = (task: TaskDefinition): boolean =>
  hooksAtEnd.crashed.some(({ name }) => hooksNamed(task, name).length > 0);

/** The task, for the engine. */
export function taskCode(task: TaskDefinition): TaskCode {
  const { id, retry, redo, maxDurationMs, ttlMs, largerMachine } = task;
  const has = (names: readonly HookName[]): boolean =>
    names.some((name) => hooksNamed(task, name).length > 0);
  const catchers = catchersOf(task);
  const hasHooks = catchers.length > 0 || has(aroundRun) || has(aroundWaits);
  const isPlain = task.parse === undefined && !hasHooks;
  const endHooks = (event: EndEvent, run?: Pick<Run, "verdict">): EndHook[] =>
    hooksAtEnd[event]
      .filter(({ name }) => name !== "onCancel" || run?.verdict === undefined)
      .flatMap((hook) => endHook(task, hook));
  const hasEndHooks = Object.keys(hooksAtEnd).some((event) => endHooks(event as EndEvent).length > 0);
  return {
    id,
    retry,
    redo,
    maxDurationMs,
    ttlMs,
    largerMachine,
    ...(catchers.length === 0
      ? {}
      : { catchError: (frame, failure, now) => catchError(catchers, frame, failure, now) }),
    limits: allQueues,
    isBare: !hasHooks && !hasEndHooks,
    hasEndHooks,
    hearsOfEnds: hearsOfEnds(task),
    endHooks,
    aroundEndHooks: (root, payload, entering, inner) => {
      const count = root.execution.journal.resumes + 1;
      return withMiddleware(root, count, noteEntered(root.execution, { task, payload, entering }), inner);
    },
    enter: (root, payload, entering) =>
      isPlain ? run(task, root, { task, payload, entering }) : enter(task, root, payload, entering),
  };
}

function run(task: TaskDefinition, root: Frame, { payload, entering, init }: Entered): unknown {
  const ctx = contextIn(root.execution, entering.run, entering.attempt);
  const { signal } = entering;
  const params = { ctx, signal, init };
  const args = task.argumentsOf?.(payload as never, params) ?? [payload, params];
  return handOver(root, task.run, undefined, args);
}

/** Parses the payload, calls what comes before `run`, `run`, and what comes behind it. */
async function enter(task: TaskDefinition, root: Frame, raw: unknown, entering: Entering): Promise<unknown> {
  const payload = task.parse === undefined ? raw : await parsed(task, root, raw);
  const what = noteEntered(root.execution, { task, payload, entering });
  return withMiddleware(root, 0, what, async () => {
    const attempts = root.execution.journal.resumes * attemptsMax + entering.attempt - 1;
    what.init = await callHooks(root, "init", attempts, what);
    metadataOf(root.execution).goesOn("again");
    // Later it is gone through again as far as it was recorded, for what it has made of the metadata and the locals.
    const started = callHooks(root, "onStart", 0, what);
    await (entering.attempt === 1 ? started : started.catch(() => {}));
    metadataOf(root.execution).goesOn("anew");
    await callHooks(root, "onStartAttempt", attempts, what);
    metadataOf(root.execution).goesOn("anew");
    try {
      return await run(task, root, what);
    } finally {
      await callHooks(root, "cleanup", attempts, what).catch((error: unknown) => tell(root, error));
    }
  });
}

/** An error of `cleanup` changes nothing. */
function tell({ execution }: Frame, error: unknown): void {
  if (execution.replaying || execution.stopped) return;
  const { name, message, stack } = toRunError(error);
  execution.context.print("error", ["cleanup failed:", stack ?? `${name}: ${message}`]);
}

/** In the run's own time and chance: a default that draws an id gives the same one in each pass. */
function parsed({ parse }: TaskDefinition, root: Frame, raw: unknown): Promise<unknown> {
  const frame = root.child("/schema#0");
  return counted(root.execution, async () => withFrame(frameContext(frame), () => parse?.(raw)));
}

/** The hooks of one name at an end, each as the engine calls it. */
function endHook(task: TaskDefinition, { name, told }: (typeof hooksAtEnd)[EndEvent][number]): EndHook[] {
  return hooksNamed(task, name).map((hook, index, { length }) => ({
    name: index === length - 1 ? name : `${name}~${index}`,
    call: (frame, payload, entering, value) =>
      handOver(frame, hook, undefined, [{ ...argument(frame, { task, payload, entering }), ...told(value) }]),
  }));
}
