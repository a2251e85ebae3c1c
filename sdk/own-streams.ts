/**
 * A run's own streams, read by itself: loaded with the first use, with the client that few runs need.
 */
import { configuredClient } from "./configured-client.ts";
import type { AsyncIterableStream } from "./stream-forms.ts";
import { readStream } from "./stream-reading.ts";

/** The chunks of one stream. */
export const ownStream = (
  run: string,
  key: string,
  signal: AbortSignal | undefined,
): AsyncIterableStream<unknown> =>
  readStream(configuredClient(), run, key, signal === undefined ? {} : { signal });
