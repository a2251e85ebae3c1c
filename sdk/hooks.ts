/**
 * What a task does around its `run`.
 *
 * Owns:      the names of the hooks and what each is told.
 */
import type { RetryOptions, RetryPolicy } from "../engine/retry.ts";
import type { EndEvent } from "../engine/run.ts";
import type { Context } from "./context.ts";

/** What every hook is told. */
interface HookParams<Payload, Init = unknown> {
  readonly ctx: Context;
  readonly payload: Payload;
  /** The task's id. */
  readonly task: string;
  readonly signal: AbortSignal;
  /** What `init` gave, in the attempt that called it: not for hooks behind the end of `run`. */
  readonly init?: Init;
}

/** Arguments of `onStart` and `onStartAttempt`. */
export type StartHookParams<Payload, Init = unknown> = HookParams<Payload, Init>;

/** Arguments of `onSuccess`. */
export interface SuccessHookParams<Payload, Output> extends HookParams<Payload> {
  readonly output: Output;
}

/** Arguments of `onFailure`. */
export interface FailureHookParams<Payload> extends HookParams<Payload> {
  /** What `run` threw, or why it was ended. */
  readonly error: unknown;
}

/** Arguments of `onComplete`. */
export interface CompleteHookParams<Payload, Output> extends HookParams<Payload> {
  readonly result:
    | { readonly ok: true; readonly data: Output }
    | { readonly ok: false; readonly error: unknown };
}

/** Arguments of `onCancel`. */
export interface CancelHookParams<Payload> extends HookParams<Payload> {
  /** What `run` has come to: it has tidied up by now, so this is rejected already, as a run's that was canceled. */
  readonly runPromise: Promise<never>;
}

/** Arguments of `onWait` and `onResume`. */
export interface WaitHookParams<Payload, Init = unknown> extends HookParams<Payload, Init> {
  readonly wait: TaskWait;
}

/** What a run waits for. */
export type TaskWait =
  | {
      readonly type: "duration";
      /** Until when. */
      readonly date: Date;
    }
  | {
      readonly type: "token";
      /** The token's id; of an input stream without `tags`, the stream's. */
      readonly token: string;
    }
  | {
      readonly type: "task";
      /** The child's id; where an idempotency key may find another run, `onResume` is told which one it was. */
      readonly runId: string;
    }
  | { readonly type: "batch"; readonly batchId: string; readonly runCount: number };

/** Arguments of `catchError`. */
export interface CatchErrorHookParams<Payload, Init = unknown> extends HookParams<Payload, Init> {
  readonly error: unknown;
  /** How the task, or the await that failed, is tried again. */
  readonly retry: RetryPolicy;
  /** When the next try begins if nothing is said; undefined: the run would end with this error. */
  readonly retryAt?: Date;
  /** The same in milliseconds from now. */
  readonly retryDelayInMs?: number;
}

/**
 * What `catchError` may give. Nothing: what `retry` says counts. Of the others the first that is there counts; with none of
 * them the run ends.
 */
export interface CatchErrorResult {
  /** The run ends. */
  readonly skipRetrying?: boolean;
  /** The next try begins then, however many there were. */
  readonly retryAt?: Date;
  /** The same in milliseconds from now. */
  readonly retryDelayInMs?: number;
  /** Tried again by these rules. */
  readonly retry?: RetryOptions;
  /** Stands in the place of the error. */
  readonly error?: unknown;
}

/** A `catchError`. */
type CatchErrorHook<Payload, Init = unknown> = (
  params: CatchErrorHookParams<Payload, Init>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return fits, too
) => CatchErrorResult | undefined | void | Promise<CatchErrorResult | undefined | void>;

/** Arguments of `middleware`. */
export interface MiddlewareParams<Payload> extends HookParams<Payload> {
  /** Goes on: to the next middleware, the hooks and `run`. */
  readonly next: () => Promise<void>;
}

/** Arguments of `cleanup`. */
export interface CleanupHookParams<Payload, Init> extends HookParams<Payload, Init> {
  /** What `init` gave. */
  readonly init: Init;
}

/**
 * The hooks of a task. Each is durable as `run` is: its awaits are checkpoints, and it is called once for a run, however
 * often the process dies.
 */
export interface TaskHooks<Payload, Output, Init = unknown> {
  /**
   * Around all else, in every attempt, and again around the hooks at the end; what it sets with `locals` is there for them.
   * An error of its own fails the attempt; one of `run` cannot be held up.
   */
  readonly middleware?: (params: MiddlewareParams<Payload>) => unknown;
  /** Before each attempt, ahead of `onStart`; what it gives reaches `run` as `init`. Older than `middleware` and `locals`. */
  readonly init?: (params: StartHookParams<Payload>) => Init | Promise<Init>;
  /** When `run` has settled, before the attempt ends. */
  readonly cleanup?: (params: CleanupHookParams<Payload, Init>) => unknown;
  /** Before the first attempt. An error fails the attempt. */
  readonly onStart?: (params: StartHookParams<Payload, Init>) => unknown;
  /** Before each attempt. An error fails the attempt. */
  readonly onStartAttempt?: (params: StartHookParams<Payload, Init>) => unknown;
  /**
   * Asked before anything is tried again: about an await that failed, if its error would leave `run`, and about an attempt.
   * Says whether, when and with which error it goes on. The task's own is asked before those of all tasks; the first that
   * gives something decides. It is not asked about an `AbortTaskRunError`. An error of its own is logged, and changes nothing.
   */
  readonly catchError?: CatchErrorHook<Payload, Init>;
  /** The older name of `catchError`. */
  readonly handleError?: CatchErrorHook<Payload, Init>;
  /** After a run that has succeeded. An error is logged, and changes nothing. */
  readonly onSuccess?: (params: SuccessHookParams<Payload, Output>) => unknown;
  /** After a run that has failed for good, crashed, used up its `maxDuration`, or came too late for its `ttl`. An error is logged, and changes nothing. */
  readonly onFailure?: (params: FailureHookParams<Payload>) => unknown;
  /** Behind `onSuccess`, `onFailure` or `onCancel`, and after a run that was canceled before it began. An error is logged, and changes nothing. */
  readonly onComplete?: (params: CompleteHookParams<Payload, Output>) => unknown;
  /** Before a wait, for a time or for other runs. An error fails what waits. */
  readonly onWait?: (params: WaitHookParams<Payload, Init>) => unknown;
  /** Behind a wait. An error fails what waited. */
  readonly onResume?: (params: WaitHookParams<Payload, Init>) => unknown;
  /** After a run that was canceled while it was under way; it may take 60 s. An error is logged, and changes nothing. */
  readonly onCancel?: (params: CancelHookParams<Payload>) => unknown;
}

/** Any hook, as it is kept. */
export type Hook = (params: never) => unknown;

/** The name of a hook. */
export type HookName = (typeof hookNames)[number];

/** Their names. */
export const hookNames = [
  "middleware",
  "init",
  "cleanup",
  "onWait",
  "onResume",
  "onStart",
  "onStartAttempt",
  "onSuccess",
  "onFailure",
  "onComplete",
  "onCancel",
  "catchError",
  "handleError",
] as const satisfies readonly (keyof TaskHooks<never, never>)[];

/** Which hooks an end calls, in their order, and the name under which each is told the output or error. */
export const hooksAtEnd: Readonly<
  Record<
    EndEvent,
    readonly {
      readonly name: "onSuccess" | "onFailure" | "onComplete" | "onCancel";
      readonly told: (value: unknown) => object;
    }[]
  >
> = {
  completed: [
    { name: "onSuccess", told: (output) => ({ output }) },
    { name: "onComplete", told: (data) => ({ result: { ok: true, data } }) },
  ],
  failed: failure(),
  timedOut: failure(),
  expired: failure(),
  crashed: failure(),
  canceled: [
    { name: "onCancel", told: (error) => ({ runPromise: rejected(error) }) },
    { name: "onComplete", told: (error) => ({ result: { ok: false, error } }) },
  ],
};

/** A hook need not look at it. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

function failure() {
  return [
    { name: "onFailure", told: (error: unknown) => ({ error }) },
    { name: "onComplete", told: (error: unknown) => ({ result: { ok: false, error } }) },
  ] as const;
}
