/**
 * `streams` inside a run: chunks are records. Loaded for the tasks that may write some: see `needStreams`.
 *
 * Owns:      what a call records, and whose stream it goes into.
 * Invariant: S1 a chunk that has a record is recorded no second time: a source that is somebody else's is opened again and
 *            gone through up to the first chunk without one; the author's own generator comes to the same place by itself.
 *            S2 what `stream` gives has been recorded. S3 what goes into another run's stream is recorded here before it is sent
 *            there: sent again behind a crash, it is the same chunks under the same name.
 */
import { type Callable, handOver } from "../engine/authored.ts";
import { type CurrentRun, currentRun } from "../engine/current-run.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { asOwnGenerator, isOwnGenerator } from "../engine/generators.ts";
import { aboveOf } from "../engine/notes.ts";
import { know } from "../engine/promises.ts";
import { resolveRetry } from "../engine/retry.ts";
import { askUnit } from "../engine/unit.ts";
import { offer } from "./link.ts";
import { markInRun } from "./mark-in-run.ts";
import { PassedOn } from "./passed-on.ts";
import { readable } from "./readable.ts";
import { checkedChunk, countChunks, type Part, refuse } from "./stream-chunk.ts";
import type { PipeStreamOptions, PipeStreamResult, WriterStreamOptions } from "./stream-forms.ts";
import { keyed } from "./stream-key.ts";
import type { StreamParts } from "./stream-parts.ts";

const once = resolveRetry({ maxAttempts: 1 });

/** How a call writes: into which stream of which run. Undefined: `inside` of no unit; units have no records of their own. */
interface Way {
  readonly site: Site;
  readonly stream: string;
  readonly run: string;
  readonly inside: CurrentRun | undefined;
}

function wayOf({ execution }: Frame, site: Site, stream: string, options: unknown): Way {
  const { target = "self" } = Object(options ?? {}) as { readonly target?: unknown };
  const { run } = execution.context;
  const to = target === "parent" || target === "root" ? (aboveOf(run, target) ?? run.id) : target;
  if (typeof to !== "string" || to === "")
    refuse(`A stream was to be written to ${JSON.stringify(target)}.`, "Give the id of a run.");
  const here = currentRun.getStore();
  return {
    site,
    stream,
    run: to === "self" ? run.id : to,
    inside: here?.key === undefined ? undefined : here,
  };
}

/** Chunks as they were recorded, for who goes through them in the run. */
class Recorded extends PassedOn<unknown> {
  readonly stream = streamOf(this.through());
}

/** A stream whose chunks, read or gone through, are no units: they have been recorded. */
function streamOf(chunks: AsyncGenerator<unknown>): PipeStreamResult<unknown>["stream"] {
  const stream = readable(asOwnGenerator(chunks));
  const getReader = (): object => {
    const reader = ReadableStream.prototype.getReader.call(stream) as ReadableStreamDefaultReader<unknown>;
    const read = reader.read.bind(reader);
    return Object.assign(reader, { read: markInRun(() => know(read())) });
  };
  return Object.assign(stream, { getReader: markInRun(getReader) }) as typeof stream;
}

const placeIn = (site: Site) => ({ name: site.name, at: site.at });

const away = () => import("./streams-away.ts");

/** Does it go into the run's own journal at once? */
const isOwn = ({ execution }: Frame, { run }: Way): boolean => run === execution.context.run.id;

/** Chunks are there: they count, and their stream has a name. What a unit writes has one when the pass takes it. */
function written(frame: Frame, way: Way, chunks: readonly unknown[]): void {
  const { execution } = frame;
  countChunks(execution, chunks);
  if (chunks.length > 0 && way.inside === undefined && isOwn(frame, way))
    execution.context.shown.streamed(way.stream);
}

/** Records one chunk. */
async function record(frame: Frame, way: Way, chunk: unknown, to?: Recorded): Promise<void> {
  const { execution } = frame;
  const { site, stream, inside, run } = way;
  const { copy } = checkedChunk(execution, stream, chunk);
  let part: Part = { stream, chunks: [copy] };
  if (inside === undefined) {
    const key = frame.next("chunk");
    const own = isOwn(frame, way);
    const invoke = async (): Promise<Part> =>
      own ? part : (await away()).sendPart(execution, key, run, part);
    const sort = own ? "stream" : "step";
    part = (await askUnit(frame, key, { sort, place: placeIn(site), args: [stream, copy], invoke })) as Part;
  } else await (await away()).sendInside(execution, inside, run, part);
  written(frame, way, part.chunks);
  to?.add(part.chunks);
}

async function through(
  frame: Frame,
  way: Way,
  given: unknown,
  to: Recorded,
  signal?: AbortSignal,
): Promise<void> {
  const { execution } = frame;
  const { stream, inside, run } = way;
  if (isOwnGenerator(given)) {
    for (;;) {
      const { done, value } = await given.next();
      if (done === true || signal?.aborted === true) return;
      await record(frame, way, value, to);
    }
  }
  let skip = 0;
  let opened: StreamParts | undefined;
  const source = async (): Promise<StreamParts> => {
    opened ??= new (await import("./stream-parts.ts")).StreamParts(execution, stream, given, signal, skip);
    return opened;
  };
  if (inside !== undefined)
    return (await away()).throughInside(await source(), (chunk) => record(frame, way, chunk, to));
  const own = isOwn(frame, way);
  const making = { sort: own ? "stream" : "step", place: placeIn(way.site), args: [stream] } as const;
  const taking = { ...making, invoke: async () => (await source()).take(), retry: once, isFinal: () => true };
  for (;;) {
    const part = (await askUnit(frame, frame.next("part"), taking)) as Part;
    if (!own && part.chunks.length > 0) {
      const key = frame.next("send");
      const invoke = async (): Promise<Part> => (await away()).sendPart(execution, key, run, part);
      await askUnit(frame, key, { ...making, invoke });
    }
    skip += part.chunks.length;
    written(frame, way, part.chunks);
    to.add(part.chunks);
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

function pipe(frame: Frame, site: Site, args: readonly unknown[]): PipeStreamResult<unknown> {
  const [stream, source, options] = keyed(args) as [string, unknown, PipeStreamOptions | undefined];
  const way = wayOf(frame, site, stream, options);
  const to = new Recorded();
  return resultOf(through(frame.child(frame.next(site.id)), way, source, to, options?.signal), to);
}

/** The older form of `pipe`: its stream alone, as a promise. `target`: whose. */
function ofMetadata(frame: Frame, site: Site, [target, ...args]: readonly unknown[]): Promise<unknown> {
  const [key, source, signal] = args;
  if (typeof key !== "string") refuse("metadata.stream was given no key.", "Give the stream's name first.");
  return know(Promise.resolve(pipe(frame, site, [key, source, { signal, target }]).stream));
}

function append(frame: Frame, site: Site, args: readonly unknown[]): Promise<void> {
  const [stream, chunk, options] = keyed(args);
  return know(record(frame.child(frame.next(site.id)), wayOf(frame, site, stream, options), chunk));
}

function writer(frame: Frame, site: Site, args: readonly unknown[]): PipeStreamResult<unknown> {
  const [stream, options] = keyed(args) as [string, WriterStreamOptions<unknown>, unknown];
  const way = wayOf(frame, site, stream, options);
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
  const write = markInRun((chunk: unknown): void => begin("write", (own) => record(own, way, chunk, to)));
  const merge = markInRun((source: unknown): void => begin("merge", (own) => through(own, way, source, to)));
  const work = async (): Promise<void> => {
    await handOver(inner.child(inner.next("execute")), options.execute as Callable, undefined, [
      { write, merge },
    ]);
    await Promise.all(begun);
  };
  return resultOf(work(), to);
}

offer({
  "streams.pipe": pipe,
  "streams.append": append,
  "streams.writer": writer,
  "metadata.stream": ofMetadata,
});
