/**
 * Runs on a page, as they change.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ApiClient } from "../client.ts";
import { changesOf, changesOfList } from "../realtime.ts";
import type { RetrievedRun } from "../run-shape.ts";
import type { AnyTask, TaskOutput, TaskPayload } from "../task-types.ts";
import { type ApiOptions, errorOf, useAccess } from "./access.ts";

/** A run as the hooks give it. */
export type RealtimeRun<T extends AnyTask = AnyTask> = RetrievedRun<TaskOutput<T>, TaskPayload<T>>;

/** Options of the hooks that look at runs. */
export interface RealtimeOptions extends ApiOptions {
  /** False: nothing is looked at. @default true */
  readonly enabled?: boolean;
}

/** Options of `useRealtimeRun`. */
export interface RealtimeRunOptions<T extends AnyTask> extends RealtimeOptions {
  /** Called once, when the run has ended. */
  readonly onComplete?: (run: RealtimeRun<T>, error?: Error) => void;
  /** Look on when the run has ended: it may be resumed. @default true */
  readonly stopOnCompletion?: boolean;
}

/** What is looked at. */
type Look<T> = (client: ApiClient, signal: AbortSignal) => AsyncIterable<T>;

/** Goes through what is looked at, as long as the component is there and `key` stays the same; undefined: at nothing. */
export function useLook<T>(
  key: string | undefined,
  look: Look<T>,
  seen: (next: T) => void,
  options: RealtimeOptions,
) {
  const { client } = useAccess(options);
  const [error, setError] = useState<Error>();
  const stopRef = useRef<() => void>(() => {});
  const latest = useRef({ look, seen });
  latest.current = { look, seen };
  const isOn = key !== undefined && options.enabled !== false;
  // The key stands for what is looked at.
  useEffect(() => {
    if (!isOn) return undefined;
    const ending = new AbortController();
    const stop = (): void => ending.abort();
    stopRef.current = stop;
    const goThrough = async (): Promise<void> => {
      for await (const next of latest.current.look(client, ending.signal)) {
        if (ending.signal.aborted) return;
        setError(undefined);
        latest.current.seen(next);
      }
    };
    goThrough().catch((thrown: unknown) => {
      if (!ending.signal.aborted) setError(errorOf(thrown));
    });
    return stop;
  }, [key, isOn, client]);
  const stop = useCallback(() => stopRef.current(), []);
  return { error, stop };
}

/**
 * One run, whenever it has changed; looked at once a second.
 *
 * @example
 * ```tsx
 * import { useRealtimeRun } from "holdfast/react";
 *
 * export function Progress({ runId, token }: { runId: string; token: string }) {
 *   const { run, error } = useRealtimeRun(runId, { accessToken: token });
 *   if (error) return <p>{error.message}</p>;
 *   return <p>{run ? `${run.status} ${String(run.metadata?.done ?? "")}` : "…"}</p>;
 * }
 * ```
 */
export function useRealtimeRun<T extends AnyTask = AnyTask>(
  runId: string | undefined,
  options: RealtimeRunOptions<T> = {},
): {
  readonly run: RealtimeRun<T> | undefined;
  readonly error: Error | undefined;
  readonly stop: () => void;
} {
  const { stopOnCompletion = true } = options;
  const [run, setRun] = useState<RealtimeRun<T>>();
  const completed = useRef<string | undefined>(undefined);
  const seen = (next: RealtimeRun<T>): void => {
    setRun(next);
    if (!next.isCompleted || completed.current === next.id) return;
    completed.current = next.id;
    options.onComplete?.(next);
  };
  const look: Look<RealtimeRun<T>> = (client, signal) =>
    changesOf(client, runId ?? "", { signal, stopOnCompletion }) as AsyncIterable<RealtimeRun<T>>;
  const { error, stop } = useLook(runId, look, seen, options);
  return { run: run?.id === runId ? run : undefined, error, stop };
}

/** A list that each run is put into, in the place that it had. */
function useRunList<T extends AnyTask>(
  key: string | undefined,
  look: Look<RealtimeRun<T>>,
  options: RealtimeOptions,
) {
  const [list, setList] = useState<{
    readonly key: string | undefined;
    readonly runs: readonly RealtimeRun<T>[];
  }>({
    key,
    runs: [],
  });
  const seen = (next: RealtimeRun<T>): void =>
    setList((before) => {
      const runs = before.key === key ? before.runs : [];
      const isKnown = runs.some(({ id }) => id === next.id);
      return { key, runs: isKnown ? runs.map((run) => (run.id === next.id ? next : run)) : [...runs, next] };
    });
  const { error, stop } = useLook(key, look, seen, options);
  return { runs: list.key === key ? list.runs : [], error, stop };
}

/** What the hooks of several runs give: those that there are, in the order in which they were begun. */
export interface RealtimeRuns<T extends AnyTask> {
  readonly runs: readonly RealtimeRun<T>[];
  readonly error: Error | undefined;
  readonly stop: () => void;
}

/** The runs with a tag, or one of several; begins with those of the last day, or as far back as `createdAt` says. */
export function useRealtimeRunsWithTag<T extends AnyTask = AnyTask>(
  tag: string | readonly string[] | undefined,
  options: RealtimeOptions & { readonly createdAt?: string } = {},
): RealtimeRuns<T> {
  const { createdAt = "1d" } = options;
  const key = tag === undefined ? undefined : JSON.stringify([tag, createdAt]);
  const look: Look<RealtimeRun<T>> = (client, signal) =>
    changesOfList(client, { tag: tag ?? "", period: createdAt }, { signal }) as AsyncIterable<RealtimeRun<T>>;
  return useRunList(key, look, options);
}

/** The runs of a batch, until all have ended. */
export function useRealtimeBatch<T extends AnyTask = AnyTask>(
  batchId: string | undefined,
  options: RealtimeOptions = {},
): RealtimeRuns<T> {
  const look: Look<RealtimeRun<T>> = (client, signal) =>
    changesOfList(client, { batch: batchId ?? "" }, { signal, untilEnd: true }) as AsyncIterable<
      RealtimeRun<T>
    >;
  return useRunList(batchId, look, options);
}
