/**
 * What a page may start and complete.
 */
import { useCallback, useState } from "react";
import type { RunHandle, TriggerOptions } from "../outside.ts";
import { sendBy } from "../send-input.ts";
import type { AnyTask, TaskIdentifier, TaskPayload } from "../task-types.ts";
import { completeTokenBy } from "../tokens-outside.ts";
import { type ApiOptions, errorOf, useAccess } from "./access.ts";
import { type RealtimeRun, type RealtimeRunOptions, useRealtimeRun } from "./realtime.ts";
import { useRealtimeRunWithStreams } from "./streams.ts";

/** What `useTaskTrigger` gives. */
export interface TaskTrigger<T extends AnyTask> {
  /** Starts a run. What goes wrong is in `error`. */
  readonly submit: (payload: TaskPayload<T>, options?: TriggerOptions) => void;
  readonly isLoading: boolean;
  /** The run that was started last. */
  readonly handle: RunHandle<TaskIdentifier<T>> | undefined;
  readonly error: Error | undefined;
}

/**
 * Starts runs of a task, with a token of `auth.createTriggerPublicToken`.
 *
 * @example
 * ```tsx
 * import { useTaskTrigger } from "holdfast/react";
 *
 * export function Start({ token }: { token: string }) {
 *   const { submit, handle, isLoading } = useTaskTrigger("report", { accessToken: token });
 *   if (handle) return <p>Started: {handle.id}</p>;
 *   return <button disabled={isLoading} onClick={() => submit({ day: "today" })}>Start</button>;
 * }
 * ```
 */
export function useTaskTrigger<T extends AnyTask = AnyTask>(
  id: TaskIdentifier<T>,
  options: ApiOptions = {},
): TaskTrigger<T> {
  const { client } = useAccess(options);
  const [state, setState] = useState<Omit<TaskTrigger<T>, "submit">>({
    isLoading: false,
    handle: undefined,
    error: undefined,
  });
  const submit = useCallback(
    (payload: TaskPayload<T>, trigger?: TriggerOptions): void => {
      setState((before) => ({ ...before, isLoading: true, error: undefined }));
      client.trigger(id, payload, trigger).then(
        (started) =>
          setState({ isLoading: false, handle: { ...started, taskIdentifier: id }, error: undefined }),
        (thrown: unknown) => setState((before) => ({ ...before, isLoading: false, error: errorOf(thrown) })),
      );
    },
    [client, id],
  );
  return { submit, ...state };
}

/** Starts runs of a task, and looks at the last one: `useTaskTrigger` and `useRealtimeRun` together. */
export function useRealtimeTaskTrigger<T extends AnyTask = AnyTask>(
  id: TaskIdentifier<T>,
  options: RealtimeRunOptions<T> = {},
): TaskTrigger<T> & { readonly run: RealtimeRun<T> | undefined; readonly stop: () => void } {
  const trigger = useTaskTrigger<T>(id, options);
  const { handle } = trigger;
  const own = handle?.publicAccessToken;
  const { run, error, stop } = useRealtimeRun<T>(
    handle?.id,
    own === undefined ? options : { ...options, accessToken: own },
  );
  return { ...trigger, error: trigger.error ?? error, run, stop };
}

/** The same, with all that the run streams: `useTaskTrigger` and `useRealtimeRunWithStreams` together. */
export function useRealtimeTaskTriggerWithStreams<
  T extends AnyTask = AnyTask,
  Streams extends Record<string, unknown> = Record<string, unknown>,
>(
  id: TaskIdentifier<T>,
  options: RealtimeRunOptions<T> = {},
): TaskTrigger<T> & Omit<ReturnType<typeof useRealtimeRunWithStreams<T, Streams>>, "error"> {
  const trigger = useTaskTrigger<T>(id, options);
  const { handle } = trigger;
  const own = handle?.publicAccessToken;
  const { error, ...seen } = useRealtimeRunWithStreams<T, Streams>(
    handle?.id,
    own === undefined ? options : { ...options, accessToken: own },
  );
  return { ...trigger, ...seen, error: trigger.error ?? error };
}

/** What `useInputStreamSend` gives. */
export interface InputStreamSend<Data> {
  /** Sends data to the run. What goes wrong is in `error`. */
  readonly send: (data: Data) => void;
  /** Something is on its way. */
  readonly isLoading: boolean;
  readonly error: Error | undefined;
  /** There is a run to send to, and a token. */
  readonly isReady: boolean;
}

/**
 * Sends data to an input stream of a run, with a token of `write: { inputStreams: runId }`.
 *
 * @example
 * ```tsx
 * import { useInputStreamSend } from "holdfast/react";
 *
 * export function Approve({ runId, token }: { runId: string; token: string }) {
 *   const { send, isLoading } = useInputStreamSend<{ approved: boolean }>("approval", runId, { accessToken: token });
 *   return <button disabled={isLoading} onClick={() => send({ approved: true })}>Approve</button>;
 * }
 * ```
 */
export function useInputStreamSend<Data>(
  streamId: string,
  runId?: string,
  options: ApiOptions = {},
): InputStreamSend<Data> {
  const { config } = useAccess(options);
  const [state, setState] = useState<{ readonly open: number; readonly error: Error | undefined }>({
    open: 0,
    error: undefined,
  });
  const send = useCallback(
    (data: Data): void => {
      const sent =
        runId === undefined
          ? Promise.reject(new Error("There is no run to send to yet."))
          : sendBy(config, runId, streamId, data);
      setState(({ open }) => ({ open: open + 1, error: undefined }));
      sent.then(
        () => setState(({ open, error }) => ({ open: open - 1, error })),
        (thrown: unknown) => setState(({ open }) => ({ open: open - 1, error: errorOf(thrown) })),
      );
    },
    [config, runId, streamId],
  );
  const isReady = runId !== undefined && config.secretKey !== undefined;
  return { send, isLoading: state.open > 0, error: state.error, isReady };
}

/** What `useWaitToken` gives. */
export interface WaitToken {
  /** Completes the token. What goes wrong is in `error`, and rejects. */
  readonly complete: (data?: unknown) => Promise<void>;
  /** There is a token to complete. */
  readonly isReady: boolean;
  readonly isCompleted: boolean;
  readonly error: Error | undefined;
}

/** Completes a token of `wait.createToken`, with the token's own `publicAccessToken`. */
export function useWaitToken(tokenId: string | undefined, options: ApiOptions = {}): WaitToken {
  const { config } = useAccess(options);
  const [state, setState] = useState<{ readonly completed?: string; readonly error?: Error }>({});
  const complete = useCallback(
    async (data?: unknown): Promise<void> => {
      if (tokenId === undefined) throw new Error("There is no token to complete yet.");
      try {
        await completeTokenBy(config, tokenId, data);
        setState({ completed: tokenId });
      } catch (thrown) {
        setState({ error: errorOf(thrown) });
        throw thrown;
      }
    },
    [config, tokenId],
  );
  const isReady = tokenId !== undefined;
  return { complete, isReady, isCompleted: isReady && state.completed === tokenId, error: state.error };
}
