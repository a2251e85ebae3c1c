/**
 * Looking at runs, and ending them.
 */
import type { ListRunsParams } from "./client.ts";
import type { CursorPagePromise } from "./cursor-page.ts";
import type { Duration } from "./duration.ts";
import { configuredClient, type TriggerOptions } from "./outside.ts";
import type { RetrievedRun, RunSummary } from "./run-shape.ts";

const idOf = (run: string | { readonly id: string }): string => (typeof run === "string" ? run : run.id);

/** The longest that one request is held. */
const pollSeconds = 25;

/**
 * The runs of the configured server.
 *
 * @example
 * ```ts
 * import { runs } from "holdfast";
 *
 * const run = await runs.poll("run_123");
 * if (run.isSuccess) console.log(run.output);
 * ```
 */
export const runs = {
  /** One run with its payload and output. @throws NotFoundError for an unknown id */
  retrieve: <Output = unknown>(run: string | { readonly id: string }): Promise<RetrievedRun<Output>> =>
    configuredClient().retrieveRun<Output>(idOf(run)),
  /** Runs, newest first: await one page, or go through all with `for await`. */
  list: (params?: ListRunsParams): CursorPagePromise<RunSummary> => configuredClient().listRuns(params),
  /** Asks a run to cancel. A run that has ended stays as it is. */
  cancel: (run: string | { readonly id: string }): Promise<{ readonly id: string }> =>
    configuredClient().cancelRun(idOf(run)),
  /** Waits until a run has ended, and gives it. */
  poll: async <Output = unknown>(run: string | { readonly id: string }): Promise<RetrievedRun<Output>> => {
    const client = configuredClient();
    for (;;) {
      const found = await client.retrieveRun<Output>(idOf(run), { waitSeconds: pollSeconds });
      if (found.isCompleted) return found;
    }
  },
  /**
   * Starts a new run with the payload of another one, on the newest code; what is given goes ahead of what that one had.
   * @throws NotFoundError for an unknown id
   */
  replay: (
    run: string | { readonly id: string },
    options: ReplayOptions = {},
  ): Promise<{ readonly id: string }> => {
    const { payload, ...rest } = options;
    return configuredClient().replayRun(idOf(run), {
      ...("payload" in options ? { payload } : {}),
      ...(Object.keys(rest).length === 0 ? {} : { options: rest }),
    });
  },
  /** Puts the start of a delayed run to another time. @throws ConflictError for one that has begun or ended */
  reschedule: (
    run: string | { readonly id: string },
    { delay }: { readonly delay: Duration | Date },
  ): Promise<RetrievedRun> => configuredClient().rescheduleRun(idOf(run), delay),
  /**
   * A run each time that it has changed, looked at once a second, up to its end.
   *
   * @example
   * ```ts
   * import { runs } from "holdfast";
   *
   * for await (const run of runs.subscribeToRun("run_123")) console.log(run.status, run.metadata);
   * ```
   */
  subscribeToRun: <Output = unknown>(
    run: string | { readonly id: string },
  ): AsyncIterable<RetrievedRun<Output>> => changesOf<Output>(idOf(run)),
};

/** What a replay has otherwise than the run that it does over. */
export type ReplayOptions = TriggerOptions & { readonly payload?: unknown };

const lookEveryMs = 1_000;

async function* changesOf<Output>(id: string): AsyncGenerator<RetrievedRun<Output>> {
  for (let shown = ""; ; ) {
    const run = await configuredClient().retrieveRun<Output>(id);
    const state = JSON.stringify([run.status, run.updatedAt, run.metadata]);
    if (state !== shown) yield run;
    if (run.isCompleted) return;
    shown = state;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
