/**
 * The forms of streams: what `streams` takes and gives.
 */

/** Whatever gives chunks one after the other. */
export type StreamSource<T> = AsyncIterable<T> | ReadableStream<T>;

/** Options of `streams.pipe` and `streams.writer`. */
export interface PipeStreamOptions {
  /** Stops the piping: what has come so far stays. */
  readonly signal?: AbortSignal;
  /**
   * Whose stream: the run's own, that of the run which started it, that of the first run of the family, or a run's by its id.
   * Where there is nobody above, "parent" and "root" are the run itself. Outside of a run: an id.
   * @default "self"
   */
  readonly target?: "self" | "parent" | "root" | (string & {});
  /** Trigger.dev's names for a span: taken, and there is no span to name. */
  readonly spanName?: string;
  readonly collapsed?: boolean;
}

/** Options of `streams.append`. */
export type AppendStreamOptions = Pick<PipeStreamOptions, "target">;

/** Options of `streams.writer`. */
export interface WriterStreamOptions<T> extends PipeStreamOptions {
  /** Writes chunks, and merges other sources; both go on until they are through. */
  readonly execute: (to: {
    readonly write: (chunk: T) => void;
    readonly merge: (source: StreamSource<T>) => void;
  }) => unknown;
}

/** A stream that can be gone through, or read. */
export type AsyncIterableStream<T> = AsyncIterable<T> & ReadableStream<T>;

/** What `streams.pipe` and `streams.writer` give at once. */
export interface PipeStreamResult<T> {
  /** The chunks, each when it has been recorded. Gone through once. */
  readonly stream: AsyncIterableStream<T>;
  /** Resolves when all of them are there for readers. Await it, or go through `stream`: a run that ends keeps what there is. */
  readonly waitUntilComplete: () => Promise<Record<string, never>>;
}

/** Options of `streams.read`. */
export interface ReadStreamOptions {
  readonly signal?: AbortSignal;
  /** Ends when so long nothing has come. @default 60 */
  readonly timeoutInSeconds?: number;
  /** The number of the first chunk that is given, from 0. @default 0 */
  readonly startIndex?: number;
}

/** A named stream of `streams.define`. */
export interface RealtimeDefinedStream<T> {
  readonly id: string;
  /** Sends all that a source gives. */
  pipe(source: StreamSource<T>, options?: PipeStreamOptions): PipeStreamResult<T>;
  /** Reads what a run has sent and sends. */
  read(run: string, options?: ReadStreamOptions): Promise<AsyncIterableStream<T>>;
  /** Sends one chunk. */
  append(chunk: T, options?: AppendStreamOptions): Promise<void>;
  /** Sends what `execute` writes. */
  writer(options: WriterStreamOptions<T>): PipeStreamResult<T>;
}

/** The chunks of a defined stream. */
export type InferStreamType<S> = S extends RealtimeDefinedStream<infer T> ? T : unknown;
