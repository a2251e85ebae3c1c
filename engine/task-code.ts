/**
 * A task as the engine sees it: its policy, how its `run` is entered, and what it does at an end.
 */
import type { Redo } from "./blame.ts";
import type { Frame } from "./frame.ts";
import type { MachineName } from "./machines.ts";
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

export interface TaskCode {
  readonly id: string;
  readonly retry: RetryPolicy;
  readonly redo: Redo;
  readonly maxDurationMs?: number | undefined;
  /** For runs whose trigger says nothing: asked when their turn comes. */
  readonly ttlMs?: number | undefined;
  /** Where a run goes on that is out of memory. */
  readonly largerMachine?: MachineName | undefined;
  /** Calls the author's `run` in the root frame, and before it what the task has to be called before. */
  readonly enter: (root: Frame, payload: unknown, entering: Entering) => unknown;
  readonly hasEndHooks: boolean;
  /** What is called when a run ends in this way, in its order. */
  readonly endHooks: (event: EndEvent) => readonly EndHook[];
  /** Calls `inner`, which calls those hooks, within what the task has around them. */
  readonly aroundEndHooks?: (
    root: Frame,
    payload: unknown,
    entering: Entering,
    inner: () => Promise<void>,
  ) => Promise<unknown>;
}
