/**
 * Chunks as a stream of the web's that can be gone through everywhere, also where `ReadableStream` itself cannot.
 */
import type { AsyncIterableStream } from "./stream-forms.ts";

/** A `ReadableStream` of what a generator gives; `for await` goes through the generator itself. */
export function readable<T>(chunks: AsyncGenerator<T>): AsyncIterableStream<T> {
  const stream = new ReadableStream<T>(
    {
      async pull(to) {
        const { done, value } = await chunks.next();
        if (done === true) to.close();
        else to.enqueue(value);
      },
      cancel: async () => void (await chunks.return(undefined)),
    },
    { highWaterMark: 0 },
  );
  return Object.assign(stream, { [Symbol.asyncIterator]: () => chunks }) as AsyncIterableStream<T>;
}
