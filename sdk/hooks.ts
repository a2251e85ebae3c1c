/**
 * What a task does around its `run`.
 *
 * Owns:      the names of the hooks and what each is told.
 */
import type { EndEvent } from "../engine/run.ts";
import type { Context } from "./context.ts";

/** What every hook is told. */
interface HookParams<Payload> {
  readonly ctx: Context;
  readonly payload: Payload;
  /** The task's id. */
  readonly task: string;
  readonly signal: AbortSignal;
}

/** Arguments of `onStart` and `onStartAttempt`. */
export type StartHookParams<Payload> = HookParams<Payload>;

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
export interface WaitHookParams<Payload> extends HookParams<Payload> {
  /** What is waited for: a time, a child run, or the runs of a batch. */
  readonly wait: { readonly type: WaitType };
}

/** What a run waits for. */
export type WaitType = "duration" | "task" | "batch" | "token";

/** Arguments of `middleware`. */
export interface MiddlewareParams<Payload> extends HookParams<Payload> {
  /** Goes on: to the next middleware, the hooks and `run`. */
  readonly next: () => Promise<void>;
}

/** Arguments of `cleanup`. */
export interface CleanupHookParams<Payload, Init> extends HookParams<Payload> {
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
  readonly onStart?: (params: StartHookParams<Payload>) => unknown;
  /** Before each attempt. An error fails the attempt. */
  readonly onStartAttempt?: (params: StartHookParams<Payload>) => unknown;
  /** After a run that has succeeded. An error is logged, and changes nothing. */
  readonly onSuccess?: (params: SuccessHookParams<Payload, Output>) => unknown;
  /** After a run that has failed for good, or used up its `maxDuration`. An error is logged, and changes nothing. */
  readonly onFailure?: (params: FailureHookParams<Payload>) => unknown;
  /** Behind `onSuccess` or `onFailure`. An error is logged, and changes nothing. */
  readonly onComplete?: (params: CompleteHookParams<Payload, Output>) => unknown;
  /** Before a wait, for a time or for other runs. An error fails what waits. */
  readonly onWait?: (params: WaitHookParams<Payload>) => unknown;
  /** Behind a wait. An error fails what waited. */
  readonly onResume?: (params: WaitHookParams<Payload>) => unknown;
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
  canceled: [{ name: "onCancel", told: (error) => ({ runPromise: rejected(error) }) }],
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
