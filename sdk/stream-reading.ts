/**
 * Streams of runs, read from anywhere: each request is held until chunks have come, or the run has ended.
 *
 * Invariant: a chunk is given once, in the order of the run's log.
 */
import type { ApiClient, StreamChunk } from "./client.ts";
import { readable } from "./readable.ts";
import type { AsyncIterableStream, ReadStreamOptions } from "./stream-forms.ts";

/** The longest that one request is held. */
const pollSeconds = 20;
const quietSeconds = 60;

/** The chunks of one stream of a run, or of all, up to the run's end. */
export async function* chunksOf(
  client: ApiClient,
  run: string,
  key: string | undefined,
  { signal, timeoutInSeconds = Number.POSITIVE_INFINITY }: ReadStreamOptions = {},
): AsyncGenerator<StreamChunk> {
  let heard = Date.now();
  for (let after: string | undefined; signal?.aborted !== true; ) {
    const left = timeoutInSeconds - (Date.now() - heard) / 1_000;
    if (left <= 0) return;
    const waitSeconds = Math.ceil(Math.min(pollSeconds, left));
    const call = signal === undefined ? {} : { signal };
    const { data, pagination, isComplete } = await client.streamChunks(
      run,
      { stream: key, after, waitSeconds },
      call,
    );
    yield* data;
    if (isComplete) return;
    if (data.length > 0) heard = Date.now();
    after = pagination.next;
  }
}

async function* chunksFrom(
  client: ApiClient,
  run: string,
  key: string,
  { startIndex = 0, ...options }: ReadStreamOptions,
): AsyncGenerator<unknown> {
  let index = 0;
  for await (const { chunk } of chunksOf(client, run, key, { timeoutInSeconds: quietSeconds, ...options }))
    if (index++ >= startIndex) yield chunk;
}

/** The chunks of one stream. */
export const readStream = (
  client: ApiClient,
  run: string,
  key: string,
  options: ReadStreamOptions = {},
): AsyncIterableStream<unknown> => readable(chunksFrom(client, run, key, options));
