/**
 * `streams`: what a run gives away piece by piece, while it goes on.
 *
 * Chunks are records of the run's journal: a replay goes on behind the last one, and they go when the run is erased.
 */

import { configuredClient } from "./configured-client.ts";
import { inputStream } from "./input-streams.ts";
import { durable, needStreams } from "./link.ts";
import { PassedOn } from "./passed-on.ts";
import { readable } from "./readable.ts";
import type {
  AppendStreamOptions,
  AsyncIterableStream,
  PipeStreamOptions,
  PipeStreamResult,
  ReadStreamOptions,
  RealtimeDefinedStream,
  StreamSource,
  WriterStreamOptions,
} from "./stream-forms.ts";
import { keyed } from "./stream-key.ts";
import { readStream } from "./stream-reading.ts";
import { onlyInside } from "./task.ts";

/** The forms of a function that takes the stream's key in front, or leaves it out. */
interface Pipe {
  <T>(source: StreamSource<T>, options?: PipeStreamOptions): PipeStreamResult<T>;
  <T>(key: string, source: StreamSource<T>, options?: PipeStreamOptions): PipeStreamResult<T>;
}
/** Adds one chunk, to the default stream or to that of a key. */
interface Append {
  <T>(chunk: T, options?: AppendStreamOptions): Promise<void>;
  <T>(key: string, chunk: T, options?: AppendStreamOptions): Promise<void>;
}
/** Gives a function that writes, to the default stream or to that of a key. */
interface Writer {
  <T>(options: WriterStreamOptions<T>): PipeStreamResult<T>;
  <T>(key: string, options: WriterStreamOptions<T>): PipeStreamResult<T>;
}

type Name = "pipe" | "append" | "writer";

/** From outside of runs a stream is written with the name of its run. */
function outside(name: Name, args: readonly unknown[]): unknown {
  const [stream, given, last] = keyed(args);
  const options = (name === "writer" ? given : last) as PipeStreamOptions | undefined;
  const { target: run = "self", signal } = options ?? {};
  if (run === "self" || run === "parent" || run === "root") return onlyInside(`streams.${name}`);
  const code = import("./streams-outside.ts");
  if (name === "append") return code.then(({ appendTo }) => appendTo(run, stream, given));
  const sent = new PassedOn<unknown>();
  const work = code.then(({ sendAll }) =>
    sendAll({ run, stream, sent }, given as StreamSource<unknown> | WriterStreamOptions<unknown>, signal),
  );
  work.then(
    () => sent.end(),
    (error: unknown) => sent.end(error),
  );
  return { stream: readable(sent.through()), waitUntilComplete: () => work };
}

/** `key`: the stream's; undefined: the call may name it. */
const writing = <F extends (...args: never[]) => unknown>(name: Name, key?: string): F => {
  needStreams();
  return durable(`streams.${name}`, [key], ((...args: unknown[]) =>
    outside(name, [key, ...args])) as unknown as F);
};

async function read<T>(run: string, options?: ReadStreamOptions): Promise<AsyncIterableStream<T>>;
async function read<T>(
  run: string,
  key: string,
  options?: ReadStreamOptions,
): Promise<AsyncIterableStream<T>>;
async function read(run: string, ...args: unknown[]): Promise<AsyncIterableStream<unknown>> {
  const [key, options] = typeof args[0] === "string" ? args : [undefined, args[0]];
  return readStream(
    configuredClient(),
    run,
    (key ?? "default") as string,
    options as ReadStreamOptions | undefined,
  );
}

/**
 * Streams of runs: JSON values that readers see within a second, in the order in which they were recorded, each once.
 *
 * `pipe` goes through a source and gives it on; `append` adds one chunk; `writer` gives functions to write with; `read` goes
 * through a stream from anywhere. A chunk has at most 256 KB as text, all chunks of a run together 10 MB. A source that is not
 * the run's own generator is opened again behind a crash, and gone through up to the first chunk that was not recorded.
 *
 * `target` names the run whose stream is written: another run may write it while it goes on, and whoever has the key. Within a
 * `step` chunks are sent as another run would send them: a step that is made again sends the same chunk once.
 *
 * @throws HoldfastError HF501 for writing outside a run without a run's id, HF520 for a chunk that is no JSON or too large, HF208 and
 *         HF209 (from outside: ApiError) where there is no such run, or it has ended.
 * @example
 * ```ts
 * import { streams, task } from "holdfast";
 *
 * export const progress = streams.define<{ row: number }>({ id: "progress" });
 *
 * export const importRows = task({
 *   id: "streams-import-rows",
 *   run: async (rows: string[]) => {
 *     for (const row of rows.keys()) await progress.append({ row });
 *   },
 * });
 *
 * export async function follow(runId: string): Promise<void> {
 *   for await (const { row } of await progress.read(runId)) console.log(row);
 * }
 * ```
 */
export const streams = {
  pipe: writing<Pipe>("pipe"),
  append: writing<Append>("append"),
  writer: writing<Writer>("writer"),
  read,
  /** A stream with a name and a type. */
  define: <T>({ id }: { readonly id: string }): RealtimeDefinedStream<T> => ({
    id,
    pipe: writing("pipe", id),
    append: writing("append", id),
    writer: writing("writer", id),
    read: (run, options) => read<T>(run, id, options),
  }),
  /**
   * Data that others send to a run while it goes on; call it at the top of a file.
   * @throws HoldfastError HF520 for one that is first defined within a run
   * @example
   * ```ts
   * import { streams, task } from "holdfast";
   *
   * export const approval = streams.input<{ approved: boolean }>({ id: "approval" });
   *
   * export const publish = task({
   *   id: "streams-publish",
   *   run: async () => {
   *     const { approved } = await approval.wait({ timeout: "7d" }).unwrap();
   *     return approved;
   *   },
   * });
   *
   * export const approve = (runId: string) => approval.send(runId, { approved: true });
   * ```
   */
  input: inputStream,
};
