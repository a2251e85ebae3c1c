/**
 * What a run has used, signs of life, the run's time limit, and work that nobody waits for.
 */
import { durable } from "./link.ts";

/** Time of work, and what it cost. Holdfast takes no money: the cost is 0. */
export interface ComputeUsage {
  readonly costInCents: 0;
  readonly durationMs: number;
}

/** What a run has used so far. */
export interface CurrentUsage {
  readonly compute: { readonly attempt: ComputeUsage; readonly total: ComputeUsage };
  readonly baseCostInCents: 0;
  readonly totalCostInCents: 0;
}

const spent = (durationMs: number): ComputeUsage => ({ costInCents: 0, durationMs });

/** Outside a run: by the process's clock. */
async function measurePlainly<T>(work: () => Promise<T> | T): Promise<{ result: T; compute: ComputeUsage }> {
  const began = Date.now();
  const result = await work();
  return { result, compute: spent(Date.now() - began) };
}

/**
 * What a run has used, by the run's own clock: the same in every pass.
 *
 * @example
 * ```ts
 * import { task, usage } from "holdfast";
 *
 * export const timed = task({
 *   id: "timed",
 *   run: async (url: string) => (await usage.measure(() => fetch(url))).compute.durationMs,
 * });
 * ```
 */
export const usage = {
  /** Since the attempt and the run began. Zero outside a run. */
  getCurrent: durable("usage.getCurrent", [], (): CurrentUsage => currentUsage(0, 0)),
  /** Calls `work`, whose awaits are checkpoints as ever, and says how long it took. */
  measure: durable("usage.measure", [], measurePlainly),
};

/** In Trigger.dev's shape; both in milliseconds. */
export const currentUsage = (attemptMs: number, totalMs: number): CurrentUsage => ({
  compute: { attempt: spent(attemptMs), total: spent(totalMs) },
  baseCostInCents: 0,
  totalCostInCents: 0,
});

/** Signs of life. A run needs none: its process is watched. */
export const heartbeats = {
  /** Lets others have their turn: for loops that compute for long. */
  yield: durable(
    "heartbeats.yield",
    [],
    (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0)),
  ),
  /** There are none. */
  getLastHeartbeat: (): Date | undefined => undefined,
};

const signal: () => AbortSignal | undefined = durable("timeout.signal", [], (): undefined => undefined);

/** The time limit of runs. */
export const timeout = {
  /** As `maxDuration`: no limit. */
  None: 2_147_483_647,
  /** Aborts when the run is canceled or has used up its `maxDuration`; undefined outside a run. */
  get signal(): AbortSignal | undefined {
    return signal();
  },
};

/**
 * Lets the run end before `promise` has settled, as far as the run's output goes: the pass waits for it, and an error of
 * it is only told.
 *
 * @example
 * ```ts
 * import { task, waitUntil } from "holdfast";
 *
 * export const answer = task({
 *   id: "answer-first",
 *   run: async () => {
 *     waitUntil(fetch("https://example.com/log", { method: "POST" }));
 *     return "done";
 *   },
 * });
 * ```
 */
export const waitUntil: (promise: PromiseLike<unknown>) => void = durable(
  "waitUntil",
  [],
  (promise: PromiseLike<unknown>): void => {
    promise.then(undefined, (error: unknown) => console.error("waitUntil:", error));
  },
);
