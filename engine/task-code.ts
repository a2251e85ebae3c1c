/**
 * A task as the engine sees it: its policy, how its `run` is entered, and what it does at an end.
 */
import type { Redo } from "./blame.ts";
import type { Frame } from "./frame.ts";
import type { MachineName } from "./machines.ts";
import type { QueueLimits } from "./queues.ts";
import type { RetryPolicy } from "./retry.ts";
import type { EndEvent, Run } from "./run.ts";

/** What an entering of `run`, or of a hook, is told. */
export interface Entering {
  readonly run: Run;
  /** 1 + attempts that failed so far. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** A function of the author's that is called at an end. */
export interface EndHook {
  readonly name: string;
  /** `value`: the output, or the error. */
  readonly call: (frame: Frame, payload: unknown, entering: Entering, value: unknown) => unknown;
}

/** An error of `run`, or of an await whose error leaves `run`: asked about before anything is tried again. */
export interface Failure {
  readonly error: unknown;
  /** How often the run has failed, this time included: attempts, and tries of the await. */
  readonly attempt: number;
  readonly retry: RetryPolicy;
  /** Unix milliseconds; undefined: the run would end with this error. */
  readonly retryAt: number | undefined;
}

/** What a task says to a failure. */
export interface Answer {
  /** What stands in the place of the error. */
  readonly error: unknown;
  /** Unix milliseconds; undefined: the run ends. */
  readonly retryAt: number | undefined;
}

export interface TaskCode {
  readonly id: string;
  readonly retry: RetryPolicy;
  readonly redo: Redo;
  readonly maxDurationMs?: number | undefined;
  /** For runs whose trigger says nothing: asked when their turn comes. */
  readonly ttlMs?: number | undefined;
  /** Where a run goes on that is out of memory. */
  readonly largerMachine?: MachineName | undefined;
  /** The queues that its code declares, for runs whose trigger names limits; absent: it takes any. */
  readonly limits?: () => readonly { readonly name: string; readonly limits: QueueLimits }[];
  /** Calls the author's `run` in the root frame, and before it what the task has to be called before. */
  readonly enter: (root: Frame, payload: unknown, entering: Entering) => unknown;
  /** Asks the task about a failure, within `frame`; `now`: Unix milliseconds. Undefined: it has nothing to say. */
  readonly catchError?: (frame: Frame, failure: Failure, now: () => number) => Promise<Answer | undefined>;
  /** Nothing of the author's is called around `run`, or at its end. */
  readonly isBare?: boolean;
  readonly hasEndHooks: boolean;
  /** Has it hooks for ends of which no pass knows? */
  readonly hearsOfEnds?: boolean;
  /** What is called when a run ends in this way, in its order. */
  readonly endHooks: (event: EndEvent, run: Run) => readonly EndHook[];
  /** Calls `inner`, which calls those hooks, within what the task has around them. */
  readonly aroundEndHooks?: (
    root: Frame,
    payload: unknown,
    entering: Entering,
    inner: () => Promise<void>,
  ) => Promise<unknown>;
}
