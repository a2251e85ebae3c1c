/**
 * A task as the engine sees it: its policy, and how its `run` is entered.
 */
import type { Redo } from "./blame.ts";
import type { Frame } from "./frame.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Run } from "./run.ts";

/** What an entering of `run` is told. */
interface Entering {
  readonly run: Run;
  /** 1 + attempts that failed so far. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

export interface TaskCode {
  readonly id: string;
  readonly retry: RetryPolicy;
  readonly redo: Redo;
  readonly maxDurationMs?: number | undefined;
  /** Calls the author's `run` in the root frame. */
  readonly enter: (root: Frame, payload: unknown, entering: Entering) => unknown;
}
