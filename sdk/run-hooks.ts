/**
 * What is called around a task's `run`: middleware, and the hooks before it and around its waits.
 *
 * Owns:      their order, their frames, and what each is told.
 * Invariant: a hook has a frame of its own: what it awaits is recorded apart from `run`.
 */
import { handOver } from "../engine/authored.ts";
import type { Execution } from "../engine/execution.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import type { Entering } from "../engine/task-code.ts";
import { globalHooks } from "./global-hooks.ts";
import type { Hook, HookName, TaskWait } from "./hooks.ts";
import type { LocalsKey } from "./locals.ts";
import { markInRun } from "./mark-in-run.ts";
import { contextIn } from "./seen-tags.ts";
import type { TaskDefinition } from "./task-options.ts";

/** A run under way: who is called with what. */
export interface Entered {
  readonly task: TaskDefinition;
  readonly payload: unknown;
  readonly entering: Entering;
  /** What `init` gave. */
  init?: unknown;
}

const entered = new WeakMap<Execution, Entered>();
const locals = new WeakMap<Execution, Map<string, unknown>>();

/** Notes what the hooks of this entering are told. */
export function noteEntered(execution: Execution, what: Entered): Entered {
  entered.set(execution, what);
  return what;
}

/** What they are told, once `run` is about to be entered. */
export const enteredOf = (execution: Execution): Entered | undefined => entered.get(execution);

/** The hooks of a name: those of all tasks, then the task's own. */
export function hooksNamed(task: TaskDefinition, name: HookName): Hook[] {
  const own = task.hooks[name];
  return own === undefined ? globalHooks(name) : [...globalHooks(name), own];
}

/** What a hook is told. */
export function argument(frame: Frame, { task, payload, entering, init }: Entered): object {
  const ctx = contextIn(frame.execution, entering.run, entering.attempt);
  return {
    ctx,
    payload,
    task: task.id,
    signal: entering.signal,
    ...(task.hooks.init === undefined ? {} : { init }),
  };
}

/** The frame of a hook; `count` tells its calls apart. The task's own hook has the plain path. */
function frameOf(within: Frame, name: HookName, index: number, of: number, count: number): Frame {
  const which = index === of - 1 ? name : `${name}~${index}`;
  return within.child(`${within.path}/${which}#${count}`);
}

/**
 * What a hook that an attempt calls for itself logs is new where the attempt begins; `onStart` has been called by the first, and goes
 * on only where it failed. What is called around a wait logs as the code that waits.
 */
function linesOf(
  { execution, parent, path, lines }: Frame,
  name: HookName,
  entered: Entered,
): Frame["lines"] {
  if (parent !== execution.root) return lines;
  if (name !== "onStart") return execution.done.isFresh ? "new" : undefined;
  if (entered.entering.attempt === 1) return undefined;
  const rejects = execution.journal.attempts.at(-1)?.rejects;
  return rejects?.some(({ key }) => key.startsWith(`${path}/`)) ? undefined : "old";
}

/** Calls the hooks of a name one after the other; gives what the last one gave. */
export async function callHooks(
  within: Frame,
  name: HookName,
  count: number,
  what: Entered,
  more: object = {},
): Promise<unknown> {
  const hooks = hooksNamed(what.task, name);
  let last: unknown;
  for (const [index, hook] of hooks.entries()) {
    const frame = frameOf(within, name, index, hooks.length, count);
    frame.lines = linesOf(frame, name, what);
    last = await handOver(frame, hook, undefined, [{ ...argument(frame, what), ...more }]);
  }
  return last;
}

/**
 * Calls `inner` within all middleware. An error of `inner` stands, whatever they make of it; one of their own is thrown.
 * `count` tells the calls apart: 0 around `run`.
 */
export async function withMiddleware(
  root: Frame,
  count: number,
  what: Entered,
  inner: () => Promise<unknown>,
): Promise<unknown> {
  const layers = hooksNamed(what.task, "middleware");
  if (layers.length === 0) return inner();
  let failed: { readonly error: unknown } | undefined;
  let value: unknown;
  const innermost = async (): Promise<void> => {
    try {
      value = await inner();
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  const enter = (index: number): Promise<unknown> => {
    const layer = layers[index];
    if (layer === undefined) return innermost();
    const frame = frameOf(root, "middleware", index, layers.length, count);
    const next = markInRun(() => know(enter(index + 1)));
    return Promise.resolve(handOver(frame, layer, undefined, [{ ...argument(frame, what), next }]));
  };
  try {
    await enter(0);
  } catch (error) {
    if (failed === undefined) throw error;
  }
  if (failed !== undefined) throw failed.error;
  return value;
}

/** Waits within `onWait` and `onResume`, where there are any. `wait`: what they are told; of a value that has come, once more. */
export function withWaitHooks<T>(
  frame: Frame,
  key: string,
  wait: (came?: T) => TaskWait,
  go: () => Promise<T>,
): Promise<T> {
  const what = entered.get(frame.execution);
  const isHooked = (name: HookName): boolean => what !== undefined && hooksNamed(what.task, name).length > 0;
  if (what === undefined || !(isHooked("onWait") || isHooked("onResume"))) return go();
  const around = async (): Promise<T> => {
    const within = frame.child(key);
    await callHooks(within, "onWait", 0, what, { wait: wait() });
    const value = await go();
    await callHooks(within, "onResume", 0, what, { wait: wait(value) });
    return value;
  };
  return know(around());
}

function localsOf({ execution }: Frame): Map<string, unknown> {
  const known = locals.get(execution) ?? new Map<string, unknown>();
  locals.set(execution, known);
  return known;
}

/** What the SDK's functions do, by name. */
export const localsFunctions = {
  "locals.get": (frame: Frame, _site: Site, args: readonly unknown[]) =>
    localsOf(frame).get((args[0] as LocalsKey<unknown>).id),
  "locals.set": (frame: Frame, _site: Site, [key, value]: readonly unknown[]) => {
    localsOf(frame).set((key as LocalsKey<unknown>).id, value);
    return value;
  },
};
