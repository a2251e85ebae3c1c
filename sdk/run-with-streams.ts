/**
 * Runs as they change, together with what they stream.
 *
 * Invariant: each chunk is given once, in the order of its run's log; those of ended runs before the iteration ends.
 */
import type { ApiClient } from "./client.ts";
import type { RetrievedRun } from "./run-shape.ts";
import { chunksOf } from "./stream-reading.ts";

/** What comes: the run when it has changed, or a chunk of one of its streams, by the stream's key. */
export type RunOrChunk<Streams extends Record<string, unknown>, Output = unknown, Payload = unknown> =
  | { readonly type: "run"; readonly run: RetrievedRun<Output, Payload> }
  | {
      [Key in keyof Streams]: {
        readonly type: Key;
        readonly chunk: Streams[Key];
        /** As it was seen last. */
        readonly run: RetrievedRun<Output, Payload>;
      };
    }[keyof Streams];

/** A subscription to a run, or to several. */
export interface RunSubscription<Output, Payload = unknown>
  extends AsyncIterable<RetrievedRun<Output, Payload>> {
  /** The same with the chunks of the streams between, each stream from its first one on. */
  withStreams<Streams extends Record<string, unknown>>(): AsyncIterable<RunOrChunk<Streams, Output, Payload>>;
}

type Came<Output, Payload> =
  | { readonly from: "runs"; readonly step: IteratorResult<RetrievedRun<Output, Payload>> }
  | {
      readonly from: string;
      readonly step: IteratorResult<{ stream: string; chunk: unknown }>;
      readonly run: string;
    };

/** Runs as they change, and with them the streams of those that `hasStreams`, from their first chunks on. */
async function* withStreams<Output, Payload>(
  client: ApiClient,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  hasStreams: (run: RetrievedRun<Output, Payload>) => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunOrChunk<Record<string, unknown>, Output, Payload>> {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  signal?.addEventListener("abort", stop);
  const runs = changes[Symbol.asyncIterator]();
  /** By the run's id: as it was seen last, and what reads its chunks. */
  const latest = new Map<string, RetrievedRun<Output, Payload>>();
  const readers = new Map<string, ReturnType<typeof chunksOf>>();
  const coming = new Map<string, Promise<Came<Output, Payload>>>();
  const nextRun = async (): Promise<Came<Output, Payload>> => ({ from: "runs", step: await runs.next() });
  const nextChunk = async (
    run: string,
    chunks: ReturnType<typeof chunksOf>,
  ): Promise<Came<Output, Payload>> => {
    try {
      return { from: `of ${run}`, step: await chunks.next(), run };
    } catch (error) {
      // The request under way ends with the subscription.
      if (!ending.signal.aborted) throw error;
      return { from: `of ${run}`, step: { done: true, value: undefined }, run };
    }
  };
  const read = (id: string): void => {
    const chunks = readers.get(id) ?? chunksOf(client, id, undefined, { signal: ending.signal });
    readers.set(id, chunks);
    coming.set(`of ${id}`, nextChunk(id, chunks));
  };
  try {
    coming.set("runs", nextRun());
    while (coming.size > 0) {
      const came = await Promise.race(coming.values());
      if (came.step.done === true) coming.delete(came.from);
      else if ("run" in came) {
        read(came.run);
        const { stream: type, chunk } = came.step.value;
        yield { type, chunk, run: latest.get(came.run) as RetrievedRun<Output, Payload> };
      } else {
        const run = came.step.value;
        latest.set(run.id, run);
        coming.set("runs", nextRun());
        if (!readers.has(run.id) && hasStreams(run)) read(run.id);
        yield { type: "run", run };
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Nobody looks any more at what is under way, nor at how it fails.
    for (const each of coming.values()) each.catch(() => {});
    stop();
    await runs.return?.();
    for (const chunks of readers.values()) await chunks.return(undefined);
  }
}

function subscribed<Output, Payload>(
  client: ApiClient,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  hasStreams: (run: RetrievedRun<Output, Payload>) => boolean,
  signal: AbortSignal | undefined,
): RunSubscription<Output, Payload> {
  return Object.assign(changes, {
    withStreams: <Streams extends Record<string, unknown>>() =>
      withStreams(client, changes, hasStreams, signal) as AsyncIterable<RunOrChunk<Streams, Output, Payload>>,
  });
}

/** A subscription out of a run's changes. Its streams are read from the beginning, before any has a name. */
export const subscription = <Output, Payload>(
  client: ApiClient,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  signal: AbortSignal | undefined,
): RunSubscription<Output, Payload> => subscribed(client, changes, () => true, signal);

/** The same of many runs: only those are read that have streams. */
export const subscriptionOfMany = <Output, Payload>(
  client: ApiClient,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  signal: AbortSignal | undefined,
): RunSubscription<Output, Payload> =>
  subscribed(client, changes, ({ realtimeStreams }) => realtimeStreams !== undefined, signal);
