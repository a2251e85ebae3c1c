/**
 * An error on its way out of `run`, when it is about to meet a `finally`, or a `catch` that only undoes something.
 *
 * Owns:      the rule that an attempt which another one follows ends where its error was thrown: what has been done so
 *            far is kept for the next attempt, so nothing of it may be tidied up or undone before the last.
 * Invariant: only errors that certainly leave `run` end an attempt so; the frames tell.
 */
import { afterAttempt, type OpenAttempt } from "./attempt.ts";
import type { Frame } from "./frame.ts";
import { transactionsOf } from "./transactions.ts";

/** Has the attempt ended with this error? Then the code behind it must not go on: `await never()`. */
export function leaving(frame: Frame | null, error: unknown): boolean {
  if (frame?.escapes !== true) return false;
  const { execution } = frame;
  const { attempt, context } = execution;
  if (attempt === undefined || execution.stopped) return false;
  if (execution.canceled !== undefined || execution.cancelAhead) return false;
  if (attempt.failed !== undefined) return isOver(attempt);
  // The connection must not stay as it is: what the author wrote rolls back and gives it back.
  if (transactionsOf(execution).concern(frame)) return false;
  const { clock, chance } = context.ports;
  const next = afterAttempt(execution, error, context, clock.now(), chance.fraction());
  if (next.retryAt === undefined) return false;
  attempt.failed = { error, next };
  attempt.goesOn = attempt.end(error);
  return isOver(attempt);
}

/** What the code that asked has to wait for: taken by its next call, in the same turn. */
let waitsFor: Promise<void> | undefined;

/** The task may have said that no other attempt follows: then what tidies up is to go on. */
function isOver({ failed, goesOn }: OpenAttempt): boolean {
  waitsFor = goesOn;
  return failed?.next.retryAt !== undefined;
}

/** A promise of its own that nothing settles, so that nothing keeps what waits for it; or that the attempt goes on. */
export function never(): Promise<void> {
  const until = waitsFor;
  waitsFor = undefined;
  return until ?? new Promise(() => {});
}
