/**
 * The forms of input streams: what `streams.input` gives.
 */
import type { Duration } from "./duration.ts";
import type { TokenPromise, TokenResult } from "./tokens.ts";

/** Nothing came in time. */
export class InputStreamTimeoutError extends Error {
  override readonly name = "InputStreamTimeoutError";
  readonly streamId: string;
  readonly timeoutMs: number;

  constructor(streamId: string, timeoutMs: number) {
    super(`Timeout waiting for input stream "${streamId}" after ${timeoutMs}ms`);
    this.streamId = streamId;
    this.timeoutMs = timeoutMs;
  }
}

/** What `on` gives. */
export interface InputStreamSubscription {
  /** Nothing is told any more. At the run's end it ends by itself. */
  readonly off: () => void;
}

/** Options of `once`. */
export interface InputStreamOnceOptions {
  /** Rejects with the error "Aborted" when it aborts. */
  readonly signal?: AbortSignal;
  /** For so long, milliseconds; 0 and none: for ever. */
  readonly timeoutMs?: number;
  /** What the await is called in the run's tree. */
  readonly spanName?: string;
}

/** How `once` ended. */
export type InputStreamOnceResult<Data> =
  | { readonly ok: true; readonly output: Data }
  | { readonly ok: false; readonly error: InputStreamTimeoutError };

/** Await it for the result, or `.unwrap()` it for the data. */
export interface InputStreamOncePromise<Data> extends Promise<InputStreamOnceResult<Data>> {
  /** @throws InputStreamTimeoutError */
  unwrap(): Promise<Data>;
}

/** Options of `wait`. */
export interface InputStreamWaitOptions {
  /** How long, or until when; without it for ever. */
  readonly timeout?: Duration | Date;
  /** Waits of the run with the same key get the same data. */
  readonly idempotencyKey?: string;
  /** How long the key holds; 30 days by default. */
  readonly idempotencyKeyTTL?: Duration;
  /** With them the wait is a token, too, which `wait.listTokens` finds by them: at most 10, of 1 to 128 characters. */
  readonly tags?: string | readonly string[];
  /** What the await is called in the run's tree. */
  readonly spanName?: string;
}

/** Options of `waitWithIdleTimeout`. */
export interface InputStreamWaitWithIdleTimeoutOptions {
  /** For so long `onSuspend` is not called yet, seconds. */
  readonly idleTimeoutInSeconds: number;
  /** How long it waits after that. */
  readonly timeout?: Duration | Date;
  /** What the await is called in the run's tree. */
  readonly spanName?: string;
  /** Called when nothing came in the first time. */
  readonly onSuspend?: () => void | Promise<void>;
  /** Called when something came after that. */
  readonly onResume?: () => void | Promise<void>;
  /** Nothing came in the first time: that is all. */
  readonly skipSuspend?: boolean;
}

/** An input stream: data that others send to a run. */
export interface RealtimeDefinedInputStream<Data> {
  readonly id: string;
  /**
   * Calls the handler with all that comes, and at once with what has come and nobody has taken. What the handler throws is a
   * line of the run's log. @throws HoldfastError HF501 outside a run
   */
  on(handler: (data: Data) => void | Promise<void>): InputStreamSubscription;
  /** The next data, once to one await. @throws HoldfastError HF501 outside a run */
  once(options?: InputStreamOnceOptions): InputStreamOncePromise<Data>;
  /** What has come first, and nobody has taken. @throws HoldfastError HF501 outside a run */
  peek(): Data | undefined;
  /** The next data, once to one await. */
  wait(options?: InputStreamWaitOptions): TokenPromise<Data>;
  /** The same in two parts, with functions that are called between them. */
  waitWithIdleTimeout(options: InputStreamWaitWithIdleTimeoutOptions): Promise<TokenResult<Data>>;
  /**
   * Sends data to a run, from anywhere: JSON, at most 1 MB as text. What is sent before the run begins or listens is kept.
   * @throws HoldfastError HF520 for what cannot be sent, HF208 and HF209 (from outside: ApiError) where there is no such run, or it has ended
   */
  send(runId: string, data: Data): Promise<void>;
}

/** The data of an input stream. */
export type InferInputStreamType<S> = S extends RealtimeDefinedInputStream<infer Data> ? Data : unknown;
