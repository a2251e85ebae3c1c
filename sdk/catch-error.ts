/**
 * `catchError`: how a task's word on an error is asked for, and what its answer means.
 *
 * Invariant: the task's own is asked first, then those of all tasks; the first that gives something decides.
 */
import { handOver } from "../engine/authored.ts";
import { HoldfastError } from "../engine/errors.ts";
import type { Frame } from "../engine/frame.ts";
import { delayBefore, resolveRetry } from "../engine/retry.ts";
import type { Answer, Failure } from "../engine/task-code.ts";
import { globalHooks } from "./global-hooks.ts";
import type { CatchErrorResult, Hook } from "./hooks.ts";
import { argument, enteredOf } from "./run-hooks.ts";
import type { TaskDefinition } from "./task-options.ts";

/** Those that have a word, in their order. */
export function catchersOf({ hooks }: TaskDefinition): Hook[] {
  const own = [hooks.catchError, hooks.handleError].filter((hook) => hook !== undefined);
  return [...own.slice(0, 1), ...globalHooks("catchError"), ...globalHooks("handleError")];
}

/** Asks them one after the other. */
export async function catchError(
  catchers: readonly Hook[],
  frame: Frame,
  failure: Failure,
  now: () => number,
): Promise<Answer | undefined> {
  const what = enteredOf(frame.execution);
  if (what === undefined) return undefined;
  const { error, attempt, retry, retryAt } = failure;
  const entering = { ...what.entering, attempt };
  const more = {
    error,
    retry,
    ...(retryAt === undefined
      ? {}
      : { retryAt: new Date(retryAt), retryDelayInMs: Math.max(0, retryAt - now()) }),
  };
  for (const [index, hook] of catchers.entries()) {
    const own = frame.child(`${frame.path}~${index}`);
    const given = await handOver(own, hook, undefined, [
      { ...argument(own, { ...what, entering }), ...more },
    ]);
    if (given) return answerOf(given, failure, now());
  }
  return undefined;
}

/** @throws HoldfastError HF503 for what is no answer */
function answerOf(given: unknown, failure: Failure, now: number): Answer {
  if (typeof given !== "object" || given === null)
    throw wrong(`gave ${String(given)}`, "Give nothing, or an object such as { skipRetrying: true }.");
  const result = given as CatchErrorResult;
  const error = result.error ?? failure.error;
  if (result.skipRetrying) return { error, retryAt: undefined };
  if (result.retryAt !== undefined) return { error, retryAt: timeOf(result.retryAt) };
  if (typeof result.retryDelayInMs === "number") return { error, retryAt: now + result.retryDelayInMs };
  if (typeof result.retry !== "object") return { error, retryAt: undefined };
  const retry = resolveRetry(result.retry);
  if (failure.attempt >= retry.maxAttempts) return { error, retryAt: undefined };
  return { error, retryAt: now + delayBefore(retry, failure.attempt, Math.random()) };
}

function timeOf(at: Date): number {
  const ms = at instanceof Date ? at.getTime() : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw wrong(`gave the retryAt ${String(at)}`, "Give a Date, or retryDelayInMs.");
}

function wrong(what: string, fix: string): HoldfastError {
  return new HoldfastError("HF503", `catchError ${what}.`, fix);
}
