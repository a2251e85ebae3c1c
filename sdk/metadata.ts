/**
 * `metadata`: a run's own notes for people who look at it while it goes on.
 */
import { durable, needStreams, runHere } from "./link.ts";
import type { AsyncIterableStream, StreamSource } from "./stream-forms.ts";
import { onlyInside } from "./task.ts";

/** JSON values. */
export type MetadataValue =
  | string
  | number
  | boolean
  | null
  | readonly MetadataValue[]
  | { readonly [name: string]: MetadataValue | undefined };

/** Changes the metadata of another run. The calls can be chained. */
export interface MetadataUpdater {
  /** Sets a key. */
  set(key: string, value: MetadataValue): MetadataUpdater;
  /** Takes a key away. */
  del(key: string): MetadataUpdater;
  /** Puts a value at the end of the list under a key; what is no list becomes the first of one. */
  append(key: string, value: MetadataValue): MetadataUpdater;
  /** Takes a value out of the list under a key. */
  remove(key: string, value: MetadataValue): MetadataUpdater;
  /** Adds to the number under a key; 1 by default. What is no number counts as 0. */
  increment(key: string, by?: number): MetadataUpdater;
  /** Takes away from the number under a key; 1 by default. */
  decrement(key: string, by?: number): MetadataUpdater;
  /** Puts an object in place of the whole. */
  update(metadata: Readonly<Record<string, MetadataValue | undefined>>): MetadataUpdater;
  /** The older name of `streams.pipe` with a `target`. */
  stream<T>(key: string, source: StreamSource<T>, signal?: AbortSignal): Promise<AsyncIterableStream<T>>;
}

/** A run's metadata. The changing calls can be chained. */
export interface RunMetadata {
  /** Sets a key. @throws HoldfastError HF512 for a value that is no JSON, or when the whole becomes larger than 256 KB */
  set(key: string, value: MetadataValue): RunMetadata;
  /** Takes a key away. */
  del(key: string): RunMetadata;
  /** Puts a value at the end of the list under a key; what is no list becomes the first of one. */
  append(key: string, value: MetadataValue): RunMetadata;
  /** Takes a value out of the list under a key. */
  remove(key: string, value: MetadataValue): RunMetadata;
  /** Adds to the number under a key; 1 by default. What is no number counts as 0. */
  increment(key: string, by?: number): RunMetadata;
  /** Takes away from the number under a key; 1 by default. */
  decrement(key: string, by?: number): RunMetadata;
  /** Puts an object in place of the whole. */
  replace(metadata: Readonly<Record<string, MetadataValue | undefined>>): RunMetadata;
  /** The value of a key; undefined where there is none, and outside a run. */
  get(key: string): MetadataValue | undefined;
  /** All of it; undefined outside a run. */
  current(): Readonly<Record<string, MetadataValue>> | undefined;
  /** Shows the changes to others at once, instead of within a second or, in AWS, with the next write of the run. */
  flush(): Promise<void>;
  /** The metadata of a run are its own: there is nothing to fetch. */
  refresh(): Promise<void>;
  /**
   * The metadata of the run that started this one, changed as if by itself: each call once, whatever crashes, and before that
   * run hears of this one's end. Shown about once a second. The own ones, where there is no such run.
   */
  readonly parent: MetadataUpdater;
  /** The same for the first run of the family. */
  readonly root: MetadataUpdater;
  /** The older name of `replace`. */
  save(metadata: Readonly<Record<string, MetadataValue | undefined>>): RunMetadata;
  /** The older name of `streams.pipe`: goes through a source, and gives on what has been recorded. */
  stream<T>(key: string, source: StreamSource<T>, signal?: AbortSignal): Promise<AsyncIterableStream<T>>;
  /** The older name of `streams.read` of the run's own streams. */
  fetchStream<T>(key: string, signal?: AbortSignal): Promise<AsyncIterableStream<T>>;
}

const stream = (target: "self" | "parent" | "root"): RunMetadata["stream"] => {
  needStreams();
  return durable("metadata.stream", [target], (async () =>
    onlyInside("metadata.stream")) as RunMetadata["stream"]);
};

async function fetchStream<T>(key: string, signal?: AbortSignal): Promise<AsyncIterableStream<T>> {
  const run = runHere()?.context.run.id ?? onlyInside("metadata.fetchStream");
  return (await import("./own-streams.ts")).ownStream(run, key, signal) as AsyncIterableStream<T>;
}

const change = <F extends (...args: never[]) => RunMetadata>(name: keyof RunMetadata): F =>
  durable("metadata.change", [name], (() => onlyInside(`metadata.${name}`)) as unknown as F);

function updater(to: "parent" | "root"): MetadataUpdater {
  const note = <F extends (...args: never[]) => MetadataUpdater>(name: string, as = name): F =>
    durable("metadata.note", [to, as], (() => onlyInside(`metadata.${to}.${name}`)) as unknown as F);
  return {
    set: note("set"),
    del: note("del"),
    append: note("append"),
    remove: note("remove"),
    increment: note("increment"),
    decrement: note("decrement"),
    update: note("update", "replace"),
    stream: stream(to),
  };
}

/**
 * The metadata of the current run: begun with the trigger's option `metadata`, kept with the run, seen by whoever
 * retrieves it. In AWS changes are written along with what the run writes anyway: they cost nothing of their own.
 *
 * @throws HoldfastError HF501 for changes outside a run, HF512 for what is no JSON or too large.
 * @example
 * ```ts
 * import { metadata, task } from "holdfast";
 *
 * export const copy = task({
 *   id: "copy",
 *   run: async (names: string[]) => {
 *     for (const name of names) metadata.set("now", name).increment("done");
 *     return metadata.get("done");
 *   },
 * });
 * ```
 */
export const metadata: RunMetadata = {
  set: change("set"),
  del: change("del"),
  append: change("append"),
  remove: change("remove"),
  increment: change("increment"),
  decrement: change("decrement"),
  replace: change("replace"),
  get: durable("metadata.get", [], (_key: string): MetadataValue | undefined => undefined),
  current: durable(
    "metadata.current",
    [],
    (): Readonly<Record<string, MetadataValue>> | undefined => undefined,
  ),
  flush: durable("metadata.flush", [], async (): Promise<void> => onlyInside("metadata.flush")),
  refresh: durable("metadata.refresh", [], async (): Promise<void> => onlyInside("metadata.refresh")),
  parent: updater("parent"),
  root: updater("root"),
  save: change("replace"),
  stream: stream("self"),
  fetchStream,
};
