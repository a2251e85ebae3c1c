/**
 * One run on a page, looked at once.
 */
import { useEffect, useState } from "react";
import type { AnyTask } from "../task-types.ts";
import { type ApiOptions, errorOf, useAccess } from "./access.ts";
import type { RealtimeRun } from "./realtime.ts";

/** Options of `useRun`. */
export interface RunOptions extends ApiOptions {
  /** Look again so many ms after each answer, until the run has ended; 0: do not. @default 0 */
  readonly refreshInterval?: number;
  /** Look again when the window gets the focus. @default true */
  readonly revalidateOnFocus?: boolean;
  /** Look again when the browser is back on the network. @default true */
  readonly revalidateOnReconnect?: boolean;
}

/** What `useRun` gives. What an earlier look has found stays when a later one goes wrong. */
export interface RunLook<T extends AnyTask> {
  readonly run: RealtimeRun<T> | undefined;
  readonly error: Error | undefined;
  /** The first answer is awaited. */
  readonly isLoading: boolean;
  /** An answer is awaited. */
  readonly isValidating: boolean;
  readonly isError: boolean;
}

interface Seen<T extends AnyTask> {
  /** Of which run. */
  readonly id: string | undefined;
  readonly run?: RealtimeRun<T> | undefined;
  readonly error?: Error | undefined;
  readonly isValidating: boolean;
}

/**
 * A run as it is now. `useRealtimeRun` follows it.
 *
 * @example
 * ```tsx
 * import { useRun } from "holdfast/react";
 *
 * export function Outcome({ runId, token }: { runId: string; token: string }) {
 *   const { run, error, isLoading } = useRun(runId, { accessToken: token, refreshInterval: 5_000 });
 *   if (error) return <p>{error.message}</p>;
 *   return <p>{isLoading ? "…" : run?.status}</p>;
 * }
 * ```
 */
export function useRun<T extends AnyTask = AnyTask>(
  runId: string | undefined,
  options: RunOptions = {},
): RunLook<T> {
  const { refreshInterval = 0, revalidateOnFocus = true, revalidateOnReconnect = true } = options;
  const { client } = useAccess(options);
  const [seen, setSeen] = useState<Seen<T>>({ id: runId, isValidating: false });
  useEffect(() => {
    if (runId === undefined) return undefined;
    const ending = new AbortController();
    const { signal } = ending;
    const found = (next: Partial<Seen<T>>): void => {
      if (!signal.aborted)
        setSeen((before) => ({
          ...(before.id === runId && before),
          isValidating: false,
          ...next,
          id: runId,
        }));
    };
    let isLooking = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      if (isLooking) return;
      isLooking = true;
      clearTimeout(timer);
      found({ isValidating: true });
      const run = await client.retrieveRun(runId, { signal }).catch((thrown: unknown) => {
        found({ error: errorOf(thrown) });
      });
      if (run !== undefined) found({ run: run as RealtimeRun<T>, error: undefined });
      isLooking = false;
      if (refreshInterval > 0 && !run?.isCompleted && !signal.aborted)
        timer = setTimeout(() => void look(), refreshInterval);
    };
    // React Native has neither.
    if (revalidateOnFocus) window.addEventListener?.("focus", look, { signal });
    if (revalidateOnReconnect) window.addEventListener?.("online", look, { signal });
    void look();
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [runId, client, refreshInterval, revalidateOnFocus, revalidateOnReconnect]);
  const { run, error, isValidating } =
    seen.id === runId ? seen : { run: undefined, error: undefined, isValidating: true };
  const isLoading = runId !== undefined && run === undefined && error === undefined;
  return {
    run,
    error,
    isLoading,
    isValidating: isValidating && runId !== undefined,
    isError: error !== undefined,
  };
}
