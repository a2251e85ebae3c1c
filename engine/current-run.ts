/**
 * Which run is this? For what has no frame at hand: `step()` without the transform, the logger, `idempotencyKey()`.
 *
 * Owns:      the asynchronous context of a run's code.
 * Never:     decides keys of transformed code; frames travel in the code itself.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Execution } from "./execution.ts";

export interface CurrentRun {
  readonly execution: Execution;
  /** Idempotency key of the unit whose inside this is. */
  readonly unit?: string;
}

export const currentRun = new AsyncLocalStorage<CurrentRun>();
