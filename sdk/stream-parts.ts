/**
 * Takes chunks out of somebody else's source: those that come together are one record. Loaded with the first such source.
 *
 * Invariant: what came before an error is recorded before the error is thrown.
 */
import { callForeign } from "../engine/authored.ts";
import type { Execution } from "../engine/execution.ts";
import { checkedChunk, type Part, refuse } from "./stream-chunk.ts";

/** Chunks that come within this time, milliseconds, are one record, up to so many characters. */
const gatherMs = 200;
const gatherChars = 16 * 1024;

type Step = IteratorResult<unknown>;

export class StreamParts {
  readonly #execution: Execution;
  readonly #stream: string;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #signal: AbortSignal | undefined;
  #next: Promise<Step> | undefined;
  #error: { readonly thrown: unknown } | undefined;
  /** Chunks in front that have records. */
  #skip: number;

  constructor(
    execution: Execution,
    stream: string,
    source: unknown,
    signal: AbortSignal | undefined,
    skip: number,
  ) {
    const open = (source as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator];
    if (typeof open !== "function")
      refuse(
        `The stream ${stream} was given ${source === null ? "null" : typeof source} to go through.`,
        "Give an async iterable or a ReadableStream.",
      );
    this.#execution = execution;
    this.#stream = stream;
    this.#iterator = callForeign(() => Reflect.apply(open, source, [])) as AsyncIterator<unknown>;
    this.#signal = signal;
    this.#skip = skip;
  }

  /** The chunks that come next. @throws whatever the source throws */
  async take(): Promise<Part> {
    if (this.#error !== undefined) throw this.#error.thrown;
    const chunks: unknown[] = [];
    try {
      const isLast = await this.#gather(chunks);
      return isLast ? { stream: this.#stream, chunks, isLast } : { stream: this.#stream, chunks };
    } catch (thrown) {
      if (chunks.length === 0) throw thrown;
      this.#error = { thrown };
      return { stream: this.#stream, chunks };
    }
  }

  /** True: there are no others behind them. */
  async #gather(chunks: unknown[]): Promise<boolean> {
    const late = this.#late();
    for (let left = gatherChars; left > 0; ) {
      const step = await (chunks.length === 0 ? this.#pull() : Promise.race([this.#pull(), late.over()]));
      if (step === undefined) break;
      this.#next = undefined;
      if (step.done === true || this.#signal?.aborted === true) return true;
      if (this.#skip > 0) this.#skip--;
      else {
        const { copy, length } = checkedChunk(this.#execution, this.#stream, step.value);
        chunks.push(copy);
        left -= length;
      }
    }
    return false;
  }

  #pull(): Promise<Step> {
    this.#next ??= callForeign(() => Promise.resolve(this.#iterator.next())) as Promise<Step>;
    return this.#next;
  }

  /** Begins to count when it is first asked: with the first chunk. */
  #late(): { over(): Promise<undefined> } {
    let over: Promise<undefined> | undefined;
    const { clock } = this.#execution.context.ports;
    const begin = (): Promise<undefined> =>
      new Promise((resolve) => {
        clock.after(gatherMs, () => resolve(undefined));
      });
    return {
      over: () => {
        over ??= begin();
        return over;
      },
    };
  }
}
