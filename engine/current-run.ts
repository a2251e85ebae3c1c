/**
 * Which run is this? For what has no frame at hand: `step()` without the transform, the logger, `idempotencyKey()`.
 *
 * Owns:      the asynchronous context of a run's code.
 * Never:     decides keys of transformed code; frames travel in the code itself.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Execution } from "./execution.ts";
import { idempotencyKeyOf } from "./fingerprint.ts";
import type { ForeignCall } from "./frame.ts";

/** The run, and the unit whose inside this is, if any. */
export class CurrentRun {
  readonly execution: Execution;
  /** Key of the unit whose inside this is. */
  readonly key: string | undefined;
  /** The call of somebody else's function that the unit is. */
  readonly call: ForeignCall | undefined;
  /** That call has not returned yet. */
  isCalling = false;
  #unit: string | undefined;

  constructor(execution: Execution, key?: string, call?: ForeignCall) {
    this.execution = execution;
    this.key = key;
    this.call = call;
  }

  /** Idempotency key of that unit. Made when it is asked for: most calls never do. */
  get unit(): string | undefined {
    if (this.key === undefined) return undefined;
    const { context, journal } = this.execution;
    this.#unit ??= idempotencyKeyOf(context.run.id, this.key, journal.generation(this.key));
    return this.#unit;
  }
}

/** What is used of Node's `AsyncLocalStorage`: callers check this package's types also without those of Node. */
interface RunStorage {
  getStore(): CurrentRun | undefined;
  run<R>(run: CurrentRun, fn: () => R): R;
}

export const currentRun: RunStorage = new AsyncLocalStorage<CurrentRun>();
