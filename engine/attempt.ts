/**
 * What follows when `run` rejects: another attempt, and with which records rejected, or the end.
 *
 * Owns:      the rule of design §4 (Retry) for attempts.
 * Never:     writes anything.
 */
import { type Blamed, type Redo, rejectedBy } from "./blame.ts";
import type { Execution } from "./execution.ts";
import { delayBefore, type RetryPolicy, verdict } from "./retry.ts";
import type { TaskCode } from "./task-code.ts";

/** The next attempt's time, or none; and the records that the failed one rejects. */
export interface AfterAttempt {
  readonly retryAt: number | undefined;
  readonly rejects: readonly Blamed[];
}

/** An entering of `run` that may end before `run` does. */
export interface OpenAttempt {
  /** It has failed before `run` is left. Gives a promise where it may have to go on from there after all. */
  readonly end: (error: unknown) => Promise<void> | undefined;
  readonly catchError?: TaskCode["catchError"];
  /** What `end` gave. */
  goesOn?: Promise<void> | undefined;
  /** The task has been asked about its error. */
  isAsked?: boolean;
  /** It has failed, and nothing was tidied up. */
  failed?: { readonly error: unknown; readonly next: AfterAttempt };
}

/** Decides by the error that left `run`. `fraction`: chance, for the jitter. */
export function afterAttempt(
  execution: Execution,
  error: unknown,
  policy: { readonly retry: RetryPolicy; readonly redo: Redo },
  now: number,
  fraction: number,
): AfterAttempt {
  const delivered = execution.errors.get(error);
  if (delivered?.ends)
    return { retryAt: undefined, rejects: execution.journal.transactions.whole(delivered.rejects) };
  const { transactions } = execution.journal;
  const rejects = transactions.whole(delivered?.rejects ?? rejectsOf(execution, error, policy.redo));
  const failed = execution.journal.attempts.length + 1;
  const { retry, afterMs } = verdict(error, now);
  if (!retry || failed >= policy.retry.maxAttempts) return { retryAt: undefined, rejects };
  return { retryAt: now + (afterMs ?? delayBefore(policy.retry, failed, fraction)), rejects };
}

/** By a guarded `throw`, or by any error right behind a safe `fetch`. */
function rejectsOf(execution: Execution, error: unknown, redo: Redo): readonly Blamed[] {
  const blamed = rejectedBy(error, redo);
  const last = execution.lastDelivered;
  if (blamed.length > 0 || redo === "never" || last === undefined || !last.safe) return blamed;
  return last.begun === execution.begun ? [last.blamed] : [];
}
