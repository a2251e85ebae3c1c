/**
 * `streams` inside a run: chunks are records.
 *
 * Owns:      what a call records.
 * Invariant: S1 a chunk that has a record is recorded no second time: a source that is somebody else's is opened again and
 *            gone through up to the first chunk without one; the author's own generator comes to the same place by itself.
 *            S2 what `stream` gives has been recorded.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import type { Execution } from "../engine/execution.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { asOwnGenerator, isOwnGenerator } from "../engine/generators.ts";
import { know } from "../engine/promises.ts";
import { resolveRetry } from "../engine/retry.ts";
import { askUnit } from "../engine/unit.ts";
import { markInRun } from "./mark-in-run.ts";
import { checkedChunk, countChunks, type Part, refuse } from "./stream-chunk.ts";
import type { PipeStreamOptions, PipeStreamResult, WriterStreamOptions } from "./stream-forms.ts";
import { StreamParts } from "./stream-parts.ts";

const once = resolveRetry({ maxAttempts: 1 });
function checkOptions(options: unknown): void {
  const { target = "self" } = Object(options ?? {}) as { readonly target?: unknown };
  if (target !== "self")
    refuse(
      `A stream was to be written to ${JSON.stringify(target)}.`,
      "A run writes its own streams: read the child's.",
    );
}

/** Chunks as they were recorded, for who goes through them in the run. */
class Recorded {
  readonly #chunks: unknown[] = [];
  #wake = (): void => {};
  #isOver = false;
  #error: unknown;

  readonly stream: AsyncGenerator<unknown> = asOwnGenerator(this.#through());

  add(execution: Execution, { chunks }: Part): void {
    countChunks(execution, chunks);
    this.#chunks.push(...chunks);
    this.#wake();
  }

  end(error?: unknown): void {
    this.#isOver = true;
    this.#error = error;
    this.#wake();
  }

  async *#through(): AsyncGenerator<unknown> {
    for (let at = 0; ; at++) {
      while (at >= this.#chunks.length && !this.#isOver) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (at >= this.#chunks.length) break;
      yield this.#chunks[at];
    }
    if (this.#error !== undefined) throw this.#error;
  }
}

const placeIn = (site: Site) => ({ name: site.name, at: site.at });

/** Records one chunk. */
async function record(
  frame: Frame,
  site: Site,
  stream: string,
  chunk: unknown,
  to?: Recorded,
): Promise<void> {
  const { execution } = frame;
  const { copy } = checkedChunk(execution, stream, chunk);
  const part: Part = { stream, chunks: [copy] };
  const invoke = (): Part => part;
  const making = { sort: "stream", place: placeIn(site), args: [stream, copy], invoke } as const;
  const recorded = await askUnit(frame, frame.next("chunk"), making);
  (to ?? new Recorded()).add(execution, recorded as Part);
}

async function through(
  frame: Frame,
  site: Site,
  stream: string,
  given: unknown,
  to: Recorded,
  signal?: AbortSignal,
): Promise<void> {
  const { execution } = frame;
  if (isOwnGenerator(given)) {
    for (;;) {
      const { done, value } = await given.next();
      if (done === true || signal?.aborted === true) return;
      await record(frame, site, stream, value, to);
    }
  }
  const source = new StreamParts(execution, stream, given, signal);
  const invoke = (): Promise<Part> => source.take();
  const making = {
    sort: "stream",
    place: placeIn(site),
    args: [stream],
    invoke,
    retry: once,
    isFinal: () => true,
  } as const;
  for (;;) {
    const part = (await askUnit(frame, frame.next("part"), making)) as Part;
    source.skip += part.chunks.length;
    to.add(execution, part);
    if (part.isLast === true) return;
  }
}

function resultOf(work: Promise<unknown>, to: Recorded): PipeStreamResult<unknown> {
  const done = work.then(
    () => {
      to.end();
      return {};
    },
    (error: unknown) => {
      to.end(error);
      throw error;
    },
  );
  done.catch(() => {});
  return { stream: to.stream, waitUntilComplete: markInRun(() => know(done)) };
}

/** The options of Trigger.dev's calls, which stand where a chunk may. */
const isOptions = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("target" in value || "requestOptions" in value);

/** The stream's key, and what is behind it. Without a key it is `default`, as there. */
function keyed([bound, ...args]: readonly unknown[]): readonly [string, unknown, unknown] {
  if (typeof bound === "string") return [bound, args[0], args[1]];
  const isNamed = typeof args[0] === "string" && args.length > 1 && !isOptions(args[1]);
  return isNamed ? [args[0] as string, args[1], args[2]] : ["default", args[0], args[1]];
}

function pipe(frame: Frame, site: Site, args: readonly unknown[]): PipeStreamResult<unknown> {
  const [stream, source, options] = keyed(args) as [string, unknown, PipeStreamOptions | undefined];
  checkOptions(options);
  const to = new Recorded();
  return resultOf(through(frame.child(frame.next(site.id)), site, stream, source, to, options?.signal), to);
}

/** The older form of `pipe`: its stream alone, as a promise. */
function ofMetadata(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [key, source, signal] = args;
  if (typeof key !== "string") refuse("metadata.stream was given no key.", "Give the stream's name first.");
  return know(Promise.resolve(pipe(frame, site, [key, source, { signal }]).stream));
}

function append(frame: Frame, site: Site, args: readonly unknown[]): Promise<void> {
  const [stream, chunk, options] = keyed(args);
  checkOptions(options);
  return know(record(frame.child(frame.next(site.id)), site, stream, chunk));
}

function writer(frame: Frame, site: Site, args: readonly unknown[]): PipeStreamResult<unknown> {
  const [stream, options] = keyed(args) as [string, WriterStreamOptions<unknown>, unknown];
  checkOptions(options);
  if (typeof options?.execute !== "function")
    refuse(`The writer of the stream ${stream} has no execute.`, "Give { execute: ({ write }) => … }.");
  const inner = frame.child(frame.next(site.id));
  const to = new Recorded();
  const begun: Promise<void>[] = [];
  const begin = (name: string, go: (own: Frame) => Promise<void>): void => {
    const work = go(inner.child(inner.next(name)));
    work.catch(() => {});
    begun.push(work);
  };
  const write = markInRun((chunk: unknown): void =>
    begin("write", (own) => record(own, site, stream, chunk, to)),
  );
  const merge = markInRun((source: unknown): void =>
    begin("merge", (own) => through(own, site, stream, source, to)),
  );
  const work = async (): Promise<void> => {
    await handOver(inner.child(inner.next("execute")), options.execute as Callable, undefined, [
      { write, merge },
    ]);
    await Promise.all(begun);
  };
  return resultOf(work(), to);
}

/** What the SDK's functions do, by name. */
export const streamFunctions = {
  "streams.pipe": pipe,
  "streams.append": append,
  "streams.writer": writer,
  "metadata.stream": ofMetadata,
};
