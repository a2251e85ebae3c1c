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
export type CancelHookParams<Payload> = HookParams<Payload>;

/**
 * The hooks of a task. Each is durable as `run` is: its awaits are checkpoints, and it is called once for a run, however
 * often the process dies.
 */
export interface TaskHooks<Payload, Output> {
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
  /** After a run that was canceled while it was under way; it may take 60 s. An error is logged, and changes nothing. */
  readonly onCancel?: (params: CancelHookParams<Payload>) => unknown;
}

/** Their names. */
export const hookNames = [
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
  canceled: [{ name: "onCancel", told: () => ({}) }],
};

function failure() {
  return [
    { name: "onFailure", told: (error: unknown) => ({ error }) },
    { name: "onComplete", told: (error: unknown) => ({ result: { ok: false, error } }) },
  ] as const;
}
