/**
 * Runs as they change: looked at once a second, each given when it is not as it was.
 *
 * Owns:      how often is looked, and what counts as a change.
 * Never:     gives a run twice that is as it was.
 */
import type { ApiClient, ListRunsParams } from "./client.ts";
import { looksAt } from "./poll.ts";
import type { RetrievedRun, RunSummary } from "./run-shape.ts";
import { type SkipColumn, withoutColumns } from "./skip-columns.ts";

const lookEveryMs = 1_000;

/** How to look. */
export interface SubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
  /** What each run comes without: `["payload", "output"]`. It is left out here, not on the way. */
  readonly skipColumns?: readonly SkipColumn[];
}

const stateOf = ({ status, updatedAt }: RunSummary): string => `${status} ${Number(updatedAt)}`;

/** Resolves after a second, or when the signal says so. */
function pause({ signal }: SubscribeOptions): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, lookEveryMs);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}

/** A run each time that it has changed, up to its end; beyond that, for one that is resumed, if `stopOnCompletion` is false. */
export async function* changesOf<Output, Payload = unknown>(
  client: ApiClient,
  id: string,
  options: SubscribeOptions & { readonly stopOnCompletion?: boolean } = {},
): AsyncGenerator<RetrievedRun<Output, Payload>> {
  const { signal, stopOnCompletion = true } = options;
  const shownOf = withoutColumns<RetrievedRun<Output, Payload>>(options.skipColumns);
  for (let shown = ""; signal?.aborted !== true; ) {
    const run = await client.retrieveRun<Output, Payload>(id);
    const state = JSON.stringify([run.status, run.updatedAt, run.metadata]);
    if (state !== shown) yield shownOf(run);
    if (run.isCompleted && stopOnCompletion) return;
    if (!run.isExecuting) await looksAt(id);
    shown = state;
    await pause(options);
  }
}

/** The runs of a list, each time that one has changed; with `untilEnd` until all of them have ended. */
export async function* changesOfList<Output, Payload = unknown>(
  client: ApiClient,
  params: ListRunsParams,
  options: SubscribeOptions & { readonly untilEnd?: true } = {},
): AsyncGenerator<RetrievedRun<Output, Payload>> {
  const shown = new Map<string, string>();
  const shownOf = withoutColumns<RetrievedRun<Output, Payload>>(options.skipColumns);
  while (options.signal?.aborted !== true) {
    const found: RunSummary[] = [];
    for await (const run of client.listRuns({ ...params, limit: 100 })) found.push(run);
    for (const { id } of found.filter((run) => shown.get(run.id) !== stateOf(run)).reverse()) {
      const run = await client.retrieveRun<Output, Payload>(id);
      shown.set(id, stateOf(run));
      yield shownOf(run);
    }
    const isOver = found.length > 0 && found.every((run) => run.isCompleted);
    if (isOver && options.untilEnd === true) return;
    const next = options.untilEnd && found.find((run) => !run.isCompleted && !run.isExecuting);
    if (next) await looksAt(next.id);
    await pause(options);
  }
}
