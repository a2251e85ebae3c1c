/**
 * What a task says to an error before anything is tried again: its `catchError`.
 *
 * It is asked about a try of an await whose error leaves `run` for certain, and about an attempt whose error it has not been
 * asked about. Where the author's code may catch the error, the author's code decides.
 *
 * Owns:      when the task is asked, and what an answer means for the attempt.
 * Never:     counts as an attempt of its own: an error of `catchError` is only told, and decides nothing.
 * Invariant: C1 the task is asked once about an error, in frames of its own; awaits in there are checkpoints.
 *            C2 an attempt that ended where its error was thrown, and that no other follows, goes on from there: what
 *               would tidy up does.
 */
import { afterAttempt } from "./attempt.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import { isCompletion, isOutOfMemory } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { toRunError } from "./run-error.ts";
import type { Answer, Failure } from "./task-code.ts";

/** Trigger.dev asks about no such error. */
const finalNames = new Set(["AbortTaskRunError", "TaskPayloadParsedError", "RunCanceledError"]);

function isFinal(error: unknown): boolean {
  if (isCompletion(error) || isOutOfMemory(error)) return true;
  return error instanceof Error && finalNames.has(error.name);
}

/** Asks the task, if it has anything to say. `path`: where in the run, for the frame. */
export async function askTask(
  execution: Execution,
  path: string,
  failure: Failure,
): Promise<Answer | undefined> {
  const ask = execution.attempt?.catchError;
  if (ask === undefined || isFinal(failure.error)) return undefined;
  const { clock } = execution.context.ports;
  const frame = execution.root.child(`${path}/catchError`);
  try {
    return await currentRun.run(new CurrentRun(execution), () => ask(frame, failure, () => clock.now()));
  } catch (error) {
    if (execution.replaying || execution.stopped) return undefined;
    const { name, message, stack } = toRunError(error);
    execution.context.print("error", [
      "catchError failed, the error is treated as without it:",
      stack ?? `${name}: ${message}`,
    ]);
    return undefined;
  }
}

/** `run` has rejected: notes with which error, and what follows, where the task has a say. Gives the error. */
export async function caught(execution: Execution, error: unknown): Promise<unknown> {
  const { attempt, context, journal } = execution;
  const delivered = execution.errors.get(error);
  if (attempt?.catchError === undefined || attempt.isAsked || delivered?.asked) return error;
  if (execution.canceled !== undefined || execution.cancelAhead || execution.stopped) return error;
  attempt.isAsked = true;
  const { clock, chance } = context.ports;
  const next =
    attempt.failed?.next ?? afterAttempt(execution, error, context, clock.now(), chance.fraction());
  const count = journal.attempts.length + 1;
  const answer = await askTask(execution, `/attempt#${journal.resumes}.${count}`, {
    error,
    attempt: count + (delivered?.tries ?? 0),
    retry: context.retry,
    retryAt: next.retryAt,
  });
  if (answer === undefined) return error;
  attempt.failed = {
    error: answer.error,
    next: { retryAt: answer.retryAt, rejects: next.rejects },
  };
  return answer.error;
}
