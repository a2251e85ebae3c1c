/**
 * An error on its way out of `run`, when it is about to meet a `finally`, or a `catch` that only undoes something.
 *
 * Owns:      the rule that an attempt which another one follows ends where its error was thrown: what has been done so
 *            far is kept for the next attempt, so nothing of it may be tidied up or undone before the last.
 * Invariant: only errors that certainly leave `run` end an attempt so; the frames tell.
 */
import { afterAttempt } from "./attempt.ts";
import type { Frame } from "./frame.ts";
import { transactionsOf } from "./transactions.ts";

/** Has the attempt ended with this error? Then the code behind it must not go on: `await never()`. */
export function leaving(frame: Frame | null, error: unknown): boolean {
  if (frame?.escapes !== true) return false;
  const { execution } = frame;
  const { attempt, context } = execution;
  if (attempt === undefined || execution.stopped) return false;
  if (execution.canceled !== undefined || execution.cancelAhead) return false;
  if (attempt.failed !== undefined) return true;
  // The connection must not stay as it is: what the author wrote rolls back and gives it back.
  if (transactionsOf(execution).concern(frame)) return false;
  const { clock, chance } = context.ports;
  const next = afterAttempt(execution, error, context, clock.now(), chance.fraction());
  if (next.retryAt === undefined) return false;
  attempt.failed = { error, next };
  attempt.end(error);
  return true;
}

/** A promise of its own that nothing settles, so that nothing keeps what waits for it. */
export const never = (): Promise<never> => new Promise(() => {});
