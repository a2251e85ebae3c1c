/**
 * What runs stream, on a page.
 */
import { useRef, useState } from "react";
import { changesOf } from "../realtime.ts";
import { type RunOrChunk, subscription } from "../run-with-streams.ts";
import type { InferStreamType, RealtimeDefinedStream } from "../stream-forms.ts";
import { readStream } from "../stream-reading.ts";
import type { AnyTask, TaskOutput } from "../task-types.ts";
import { type RealtimeOptions, type RealtimeRun, type RealtimeRunOptions, useLook } from "./realtime.ts";

/** Chunks by the stream's key. */
type Parts<Streams extends Record<string, unknown>> = { readonly [Key in keyof Streams]?: Streams[Key][] };

/**
 * One run whenever it has changed, and all that it streams, by the stream's key.
 *
 * @example
 * ```tsx
 * import { useRealtimeRunWithStreams } from "holdfast/react";
 * import type { AnyTask } from "holdfast";
 *
 * export function Answer({ runId, token }: { runId: string; token: string }) {
 *   const { run, streams } = useRealtimeRunWithStreams<AnyTask, { words: string }>(runId, { accessToken: token });
 *   return <p>{run?.status} {streams.words?.join(" ")}</p>;
 * }
 * ```
 */
export function useRealtimeRunWithStreams<
  T extends AnyTask = AnyTask,
  Streams extends Record<string, unknown> = Record<string, unknown>,
>(
  runId: string | undefined,
  options: RealtimeRunOptions<T> = {},
): {
  readonly run: RealtimeRun<T> | undefined;
  readonly streams: Parts<Streams>;
  readonly error: Error | undefined;
  readonly stop: () => void;
} {
  const { stopOnCompletion = true } = options;
  const empty = { of: runId, run: undefined as RealtimeRun<T> | undefined, streams: {} as Parts<Streams> };
  const [state, setState] = useState(empty);
  const completed = useRef<string | undefined>(undefined);
  const seen = (next: RunOrChunk<Streams, TaskOutput<T>>): void => {
    setState((held) => {
      const before = held.of === runId ? held : empty;
      if (next.type === "run") return { ...before, run: next.run as RealtimeRun<T> };
      const { type, chunk } = next as { type: string; chunk: unknown };
      const parts = [...((before.streams[type] as unknown[] | undefined) ?? []), chunk];
      return { ...before, streams: { ...before.streams, [type]: parts } };
    });
    const { run } = next;
    if (!run.isCompleted || completed.current === run.id) return;
    completed.current = run.id;
    options.onComplete?.(run as RealtimeRun<T>);
  };
  const { error, stop } = useLook(
    runId,
    (client, signal) => {
      const changes = changesOf<TaskOutput<T>>(client, runId ?? "", { signal, stopOnCompletion });
      return subscription(client, changes, signal).withStreams<Streams>();
    },
    seen,
    options,
  );
  const { run, streams } = state.of === runId ? state : empty;
  return { run, streams, error, stop };
}

/** Options of `useRealtimeStream`. */
export interface RealtimeStreamOptions<T> extends RealtimeOptions {
  /** Called with each chunk. */
  readonly onData?: (chunk: T) => void;
  /** Ends when so long nothing has come. @default 60 */
  readonly timeoutInSeconds?: number;
  /** The number of the first chunk that is given, from 0. @default 0 */
  readonly startIndex?: number;
}

/** What `useRealtimeStream` gives. */
export interface RealtimeStream<T> {
  /** The chunks that have come. */
  readonly parts: readonly T[];
  readonly error: Error | undefined;
  readonly stop: () => void;
}

/**
 * The chunks of one stream of a run, as they come: of a stream that `streams.define` made, or by the run's id, and the key.
 *
 * @example
 * ```tsx
 * import { streams } from "holdfast";
 * import { useRealtimeStream } from "holdfast/react";
 *
 * const words = streams.define<string>({ id: "words" });
 *
 * export function Answer({ runId, token }: { runId: string; token: string }) {
 *   const { parts } = useRealtimeStream(words, runId, { accessToken: token });
 *   return <p>{parts.join(" ")}</p>;
 * }
 * ```
 */
export function useRealtimeStream<S extends RealtimeDefinedStream<unknown>>(
  stream: S,
  runId: string | undefined,
  options?: RealtimeStreamOptions<InferStreamType<S>>,
): RealtimeStream<InferStreamType<S>>;
export function useRealtimeStream<T>(
  runId: string | undefined,
  key: string,
  options?: RealtimeStreamOptions<T>,
): RealtimeStream<T>;
export function useRealtimeStream<T>(
  runId: string | undefined,
  options?: RealtimeStreamOptions<T>,
): RealtimeStream<T>;
export function useRealtimeStream(...args: unknown[]): RealtimeStream<unknown> {
  const { runId, key, options } = formOf(args);
  const { startIndex = 0, timeoutInSeconds = 60 } = options;
  const of = runId === undefined ? undefined : JSON.stringify([runId, key, startIndex]);
  const [state, setState] = useState<{ of: string | undefined; parts: readonly unknown[] }>({
    of,
    parts: [],
  });
  const seen = (chunk: unknown): void => {
    setState((before) => ({ of, parts: [...(before.of === of ? before.parts : []), chunk] }));
    options.onData?.(chunk);
  };
  const { error, stop } = useLook(
    of,
    (client, signal) => readStream(client, runId ?? "", key, { signal, startIndex, timeoutInSeconds }),
    seen,
    options,
  );
  return { parts: state.of === of ? state.parts : [], error, stop };
}

/** The three forms of the call. */
function formOf([first, second, third]: readonly unknown[]) {
  const options = (given: unknown) => (given ?? {}) as RealtimeStreamOptions<unknown>;
  const id = (given: unknown) => given as string | undefined;
  if (typeof first === "object" && first !== null)
    return { runId: id(second), key: (first as { readonly id: string }).id, options: options(third) };
  if (typeof second === "string") return { runId: id(first), key: second, options: options(third) };
  return { runId: id(first), key: "default", options: options(second) };
}
