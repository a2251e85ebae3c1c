/**
 * Looking at runs, and ending them.
 */

import { bulk } from "./bulk.ts";
import type { ListRunsParams } from "./client.ts";
import { configuredClient } from "./configured-client.ts";
import { type CursorPagePromise, placeOf, recordedList } from "./cursor-page.ts";
import type { Duration } from "./duration.ts";
import { durable } from "./link.ts";
import type { TriggerOptions } from "./outside.ts";
import { type PollOptions, pollOutside, type RunRef, runIdOf } from "./poll.ts";
import { changesOf, changesOfList, type SubscribeOptions } from "./realtime.ts";
import type { OutputOf, PayloadOf, PollRun, RetrieveRun, SubscribeToRun } from "./run-calls.ts";
import type { RetrievedRun, RunSummary } from "./run-shape.ts";
import { type RunSubscription, subscription, subscriptionOfMany } from "./run-with-streams.ts";
import type { AsyncIterableStream } from "./stream-forms.ts";
import { streams } from "./streams.ts";

const listed = recordedList<ListRunsParams, RunSummary>("runs", (params, place) =>
  configuredClient().listRuns({ ...params, ...placeOf(params, place) }),
);

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
  retrieve: ((run: RunRef) => configuredClient().retrieveRun(runIdOf(run))) as RetrieveRun,
  /**
   * Runs, newest first: await one page, or go through all with `for await`. A project in front, as Trigger.dev takes one, says
   * nothing: a server is of one.
   * @throws HoldfastError HF506 for a filter that there is not
   */
  list: (
    ...given: [params?: ListRunsParams] | [project: string, params?: ListRunsParams]
  ): CursorPagePromise<RunSummary> => listed((typeof given[0] === "string" ? given[1] : given[0]) ?? {}),
  /** Asks a run to cancel. A run that has ended stays as it is. */
  cancel: (run: RunRef): Promise<{ readonly id: string }> => configuredClient().cancelRun(runIdOf(run)),
  /**
   * Waits until a run has ended, and gives it. Inside a run the waiting one is put away meanwhile, and holds no slot of its
   * queue; not so within a `step` or a callback.
   * @throws NotFoundError for an unknown id, HoldfastError HF521 for a run's own id
   */
  poll: durable("runs.poll", [], (run: RunRef, options?: PollOptions) =>
    pollOutside(run, options),
  ) as PollRun,
  /**
   * Starts a new run with the payload of another one, on the newest code; what is given goes ahead of what that one had.
   * @throws NotFoundError for an unknown id
   */
  replay: (run: RunRef, options: ReplayOptions = {}): Promise<{ readonly id: string }> => {
    const { payload, ...rest } = options;
    return configuredClient().replayRun(runIdOf(run), {
      ...("payload" in options ? { payload } : {}),
      ...(Object.keys(rest).length === 0 ? {} : { options: rest }),
    });
  },
  /** Puts the start of a delayed run to another time. @throws ConflictError for one that has begun or ended */
  reschedule: (run: RunRef, { delay }: { readonly delay: Duration | Date }): Promise<RetrievedRun> =>
    configuredClient().rescheduleRun(runIdOf(run), delay),
  /**
   * A run each time that it has changed, looked at once a second, up to its end; `withStreams()` gives what it streams as well.
   *
   * @example
   * ```ts
   * import { runs } from "holdfast";
   *
   * for await (const run of runs.subscribeToRun("run_123")) console.log(run.status, run.metadata);
   * ```
   */
  subscribeToRun: ((run: RunRef, options?: SubscribeOptions & { readonly stopOnCompletion?: boolean }) => {
    const [client, id] = [configuredClient(), runIdOf(run)];
    return subscription(client, changesOf(client, id, options), options?.signal);
  }) as SubscribeToRun,
  /**
   * The runs with a tag, or one of several, each time that one has changed; begins with those of the last day. Never ends by
   * itself. `withStreams()` gives what they stream as well: a request is held for each of them that streams and goes on.
   */
  subscribeToRunsWithTag: <T = unknown>(
    tag: string | readonly string[],
    { createdAt = "1d", ...filter }: TagFilter = {},
    options?: SubscribeOptions,
  ): RunSubscription<OutputOf<T>, PayloadOf<T>> => {
    const client = configuredClient();
    const looked = { ...filter, ...options };
    const changes = changesOfList<OutputOf<T>, PayloadOf<T>>(client, { tag, period: createdAt }, looked);
    return subscriptionOfMany(client, changes, options?.signal);
  },
  /** The runs of a batch, each time that one has changed, until all have ended; `withStreams()` as of those with a tag. */
  subscribeToBatch: <T = unknown>(
    batch: string | { readonly batchId: string },
    options?: SubscribeOptions,
  ): RunSubscription<OutputOf<T>, PayloadOf<T>> => {
    const client = configuredClient();
    const id = typeof batch === "string" ? batch : batch.batchId;
    const untilEnd = { ...options, untilEnd: true } as const;
    const changes = changesOfList<OutputOf<T>, PayloadOf<T>>(client, { batch: id }, untilEnd);
    return subscriptionOfMany(client, changes, options?.signal);
  },
  /** The older name of `streams.read`. */
  fetchStream: <T>(run: string, key: string): Promise<AsyncIterableStream<T>> => streams.read<T>(run, key),
  /**
   * Many runs at once: canceled or replayed, by a filter or their ids.
   *
   * @example
   * ```ts
   * import { runs } from "holdfast";
   *
   * const { id } = await runs.bulk.replay({ filter: { status: "FAILED", taskIdentifier: "order", period: "1d" } });
   * const { counts } = await runs.bulk.poll(id);
   * ```
   */
  bulk,
};

/** Which runs with a tag, and what of them. */
type TagFilter = Pick<SubscribeOptions, "skipColumns"> & {
  /** How far back, from now. @default "1d" */
  readonly createdAt?: string;
};

/** What a replay has otherwise than the run that it does over. */
export type ReplayOptions = TriggerOptions & { readonly payload?: unknown };
