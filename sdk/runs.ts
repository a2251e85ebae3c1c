/**
 * Looking at runs, and ending them.
 */
import type { ListRunsParams } from "./client.ts";
import type { CursorPagePromise } from "./cursor-page.ts";
import { configuredClient } from "./outside.ts";
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
};
