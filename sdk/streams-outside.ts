/**
 * Writing to a run's streams from outside of it, with the configured key.
 *
 * Invariant: chunks are sent one after the other, each once: the same request, sent again, is the same chunk.
 */
import { HoldfastError } from "../engine/errors.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { PassedOn } from "./passed-on.ts";
import type { StreamSource, WriterStreamOptions } from "./stream-forms.ts";

/** Sends one chunk. */
export async function appendTo(run: string, stream: string, chunk: unknown): Promise<void> {
  const body = JSON.stringify(chunk);
  if (body === undefined)
    throw new HoldfastError(
      "HF520",
      `A chunk of the stream ${stream} is no JSON value.`,
      "Turn it into texts, numbers, lists and plain objects.",
    );
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
  const path = `/realtime/v1/streams/${[run, "self", stream].map(encodeURIComponent).join("/")}/append`;
  const headers = { "x-trigger-request-idempotency-key": key };
  await askApi(clientConfig(), { method: "POST", path, body, headers });
}

/** A source as something that `for await` goes through, also where `ReadableStream` itself is no async iterable. */
async function* each<T>(source: StreamSource<T>): AsyncGenerator<T> {
  if (Symbol.asyncIterator in source) return yield* source as AsyncIterable<T>;
  const reader = (source as ReadableStream<T>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** What a writer writes, and what it merges, as it comes. */
function written<T>({ execute }: WriterStreamOptions<T>): AsyncGenerator<T> {
  const chunks = new PassedOn<T>();
  let open = 0;
  const follow = (work: () => Promise<unknown>): void => {
    open++;
    work().then(
      () => --open === 0 && chunks.end(),
      (error: unknown) => chunks.end(error),
    );
  };
  const write = (chunk: T): void => chunks.add([chunk]);
  const merge = (source: StreamSource<T>): void =>
    follow(async () => {
      for await (const chunk of each(source)) write(chunk);
    });
  follow(async () => execute({ write, merge }));
  return chunks.through();
}

/** Goes through a source, or what a writer writes, and sends it; resolves when all is there for readers. */
export async function sendAll<T>(
  to: { readonly run: string; readonly stream: string; readonly sent: PassedOn<T> },
  given: StreamSource<T> | WriterStreamOptions<T>,
  signal: AbortSignal | undefined,
): Promise<Record<string, never>> {
  const source = "execute" in given ? written(given) : each(given);
  for await (const chunk of source) {
    if (signal?.aborted === true) break;
    await appendTo(to.run, to.stream, chunk);
    to.sent.add([chunk]);
  }
  return {};
}
