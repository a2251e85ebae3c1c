/**
 * A run as it changes, together with what it streams.
 *
 * Invariant: each chunk is given once, in the order of the run's log; those of an ended run before its iteration ends.
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

/** A subscription to a run. */
export interface RunSubscription<Output, Payload = unknown>
  extends AsyncIterable<RetrievedRun<Output, Payload>> {
  /** The same with the chunks of the run's streams between, from the first one on. */
  withStreams<Streams extends Record<string, unknown>>(): AsyncIterable<RunOrChunk<Streams, Output, Payload>>;
}

type Came<Output, Payload> =
  | { readonly from: "run"; readonly step: IteratorResult<RetrievedRun<Output, Payload>> }
  | { readonly from: "chunks"; readonly step: IteratorResult<{ stream: string; chunk: unknown }> };

async function* withStreams<Output, Payload>(
  client: ApiClient,
  id: string,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunOrChunk<Record<string, unknown>, Output, Payload>> {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  signal?.addEventListener("abort", stop);
  const runs = changes[Symbol.asyncIterator]();
  const chunks = chunksOf(client, id, undefined, { signal: ending.signal });
  const nextRun = async (): Promise<Came<Output, Payload>> => ({ from: "run", step: await runs.next() });
  const nextChunk = async (): Promise<Came<Output, Payload>> => {
    try {
      return { from: "chunks", step: await chunks.next() };
    } catch (error) {
      // The request under way ends with the subscription.
      if (!ending.signal.aborted) throw error;
      return { from: "chunks", step: { done: true, value: undefined } };
    }
  };
  const coming = new Map<string, Promise<Came<Output, Payload>>>();
  try {
    const first = await runs.next();
    if (first.done === true) return;
    let run = first.value;
    yield { type: "run", run };
    coming.set("run", nextRun()).set("chunks", nextChunk());
    while (coming.size > 0) {
      const { from, step } = await Promise.race(coming.values());
      if (step.done === true) coming.delete(from);
      else if (from === "run") {
        run = step.value;
        coming.set(from, nextRun());
        yield { type: "run", run };
      } else {
        coming.set(from, nextChunk());
        yield { type: step.value.stream, chunk: step.value.chunk, run };
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Nobody looks any more at what is under way, nor at how it fails.
    for (const each of coming.values()) each.catch(() => {});
    stop();
    await runs.return?.();
    await chunks.return(undefined);
  }
}

/** A subscription out of a run's changes. */
export const subscription = <Output, Payload>(
  client: ApiClient,
  id: string,
  changes: AsyncIterable<RetrievedRun<Output, Payload>>,
  signal: AbortSignal | undefined,
): RunSubscription<Output, Payload> =>
  Object.assign(changes, {
    withStreams: <Streams extends Record<string, unknown>>() =>
      withStreams(client, id, changes, signal) as AsyncIterable<RunOrChunk<Streams, Output, Payload>>,
  });
