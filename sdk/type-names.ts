/**
 * Types under the names that Trigger.dev gives them: for files that import them by these.
 *
 * Owns: no shape; each is another name for one that stands elsewhere.
 */
import type { RetryOptions } from "../engine/retry.ts";
import type { BatchOptions } from "./batch.ts";
import type { Configuration } from "./config.ts";
import type { Context } from "./context.ts";
import type { Deployment } from "./deployments.ts";
import type { DurationParts } from "./duration.ts";
import type {
  CancelHookParams,
  CatchErrorHookParams,
  CatchErrorResult,
  CompleteHookParams,
  FailureHookParams,
  MiddlewareParams,
  StartHookParams,
  SuccessHookParams,
  WaitHookParams,
} from "./hooks.ts";
import type { RunHandle } from "./outside.ts";
import type { OutputOf, PayloadOf } from "./run-calls.ts";
import type { RetrievedRun } from "./run-shape.ts";
import type { ReplayOptions } from "./runs.ts";
import type { Schema, SchemaOutput } from "./schema.ts";
import type { SchemaTask, Task } from "./task.ts";
import type { SchemaTaskOptions, TaskOptions } from "./task-options.ts";
import type { AnyTask, TaskIdentifier, TaskOutput, TaskPayload } from "./task-types.ts";
import type { RetrievedToken, TokenPromise } from "./tokens.ts";
import type { CommonWaitOptions } from "./wait.ts";
import type { WebhookEventParams, WebhookTaskPayload, WebhookWaiterOutput } from "./webhooks.ts";

/** What a run knows of itself. */
export type TaskRunContext = Context;
/** What `configure` takes. */
export type ApiClientConfiguration = Configuration;
/** Options of a batch as a whole. */
export type BatchTriggerOptions = BatchOptions;
/** What `runs.replay` takes. */
export type ReplayRunOptions = ReplayOptions;
/** Levels of the log. */
export type LogLevel = "none" | "error" | "warn" | "log" | "info" | "debug";
/** A JSON Schema. */
export type JSONSchema = { readonly [name: string]: unknown };

/** A run of a task. */
export type TaskRunShape<T extends AnyTask> = RetrievedRun<TaskOutput<T>, TaskPayload<T>>;
/** A run, by what its task gives. */
export type RunShape<T> = RetrievedRun<OutputOf<T>, PayloadOf<T>>;
/** Any run. */
export type AnyRunShape = RetrievedRun;
/** A run of a task, as a subscription gives it. */
export type RealtimeRun<T extends AnyTask> = TaskRunShape<T>;
/** Any run, as a subscription gives it. */
export type AnyRealtimeRun = RetrievedRun;
/** What `runs.retrieve` gives: of a task, of a handle, or of an id. */
export type RetrieveRunResult<T> =
  T extends RunHandle<string, infer Payload, infer Output>
    ? RetrievedRun<Output, Payload>
    : T extends AnyTask
      ? TaskRunShape<T>
      : RetrievedRun;
/** Any run, as `runs.retrieve` gives it. */
export type AnyRetrieveRunResult = RetrievedRun;

/** Of several tasks the one with this id. */
export type TaskFromIdentifier<T extends AnyTask, Id extends TaskIdentifier<T>> =
  T extends Task<Id, infer _P, infer _O> ? T : never;
/** What has to be like what: a schema. */
export type TaskSchema = Schema;
/** A task whose payload is checked. */
export type TaskWithSchema<Id extends string, S extends Schema, Output = unknown> = SchemaTask<Id, S, Output>;
/** The options of such a task. */
export type TaskWithSchemaOptions<
  Id extends string,
  S extends Schema,
  Output = unknown,
  Init = unknown,
> = SchemaTaskOptions<Id, S, SchemaOutput<S>, Output, Init>;
/** The options of a task with a `jsonSchema`. */
export type TaskOptionsWithSchema<Id extends string, Output = unknown, Init = unknown> = TaskOptions<
  Id,
  unknown,
  Output,
  Init
> & { readonly jsonSchema: object };

/** What a hook gives counts for nothing. */
type HookFunction<Params> = (params: Params) => unknown;

/** What `onStart` is told. */
export type TaskStartHookParams<Payload = unknown, Init = unknown> = StartHookParams<Payload, Init>;
/** An `onStart`. */
export type OnStartHookFunction<Payload, Init = unknown> = HookFunction<StartHookParams<Payload, Init>>;
/** An `onStart` of all tasks. */
export type AnyOnStartHookFunction = OnStartHookFunction<unknown>;
/** An `onStartAttempt` of all tasks. */
export type AnyOnStartAttemptHookFunction = HookFunction<StartHookParams<unknown>>;
/** An `onSuccess` of all tasks. */
export type AnyOnSuccessHookFunction = HookFunction<SuccessHookParams<unknown, unknown>>;
/** An `onFailure` of all tasks. */
export type AnyOnFailureHookFunction = HookFunction<FailureHookParams<unknown>>;
/** An `onComplete` of all tasks. */
export type AnyOnCompleteHookFunction = HookFunction<CompleteHookParams<unknown, unknown>>;
/** How a run ended, as `onComplete` is told. */
export type TaskCompleteResult<Output> = CompleteHookParams<unknown, Output>["result"];
/** An `onWait` of all tasks. */
export type AnyOnWaitHookFunction = HookFunction<WaitHookParams<unknown>>;
/** An `onResume` of all tasks. */
export type AnyOnResumeHookFunction = HookFunction<WaitHookParams<unknown>>;
/** An `onCancel` of all tasks. */
export type AnyOnCancelHookFunction = HookFunction<CancelHookParams<unknown>>;
/** A `middleware` of all tasks. */
export type AnyOnMiddlewareHookFunction = HookFunction<MiddlewareParams<unknown>>;
/** A `catchError` of all tasks. */
export type AnyOnCatchErrorHookFunction = (
  params: CatchErrorHookParams<unknown>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function without a return fits, too
) => CatchErrorResult | undefined | void | Promise<CatchErrorResult | undefined | void>;
/** The older name of it. */
export type HandleErrorFunction = AnyOnCatchErrorHookFunction;
/** What it is told beside the payload and the error. */
export type HandleErrorArgs = Pick<
  CatchErrorHookParams<unknown>,
  "ctx" | "init" | "retry" | "retryAt" | "retryDelayInMs" | "signal"
>;

/** What `wait.for` takes. */
export type WaitForOptions = DurationParts & CommonWaitOptions;
/** A token as it is now. */
export type WaitpointRetrievedToken<Output> = RetrievedToken<Output>;
/** What `wait.forToken` gives. */
export type ManualWaitpointPromise<Output> = TokenPromise<Output>;
/** What `webhooks.waiter.wait` gives. */
export type WebhookWaiterPromise<Event> = TokenPromise<WebhookWaiterOutput<Event>>;
/** What `onEvent` gets. */
export type WebhookOnEventParams<Event> = WebhookEventParams<Event>;
/** A `webhook()`. */
export type WebhookHandle<Id extends string, Event> = Task<Id, WebhookTaskPayload<Event>, void>;
/** What `deployments.retrieveCurrent` gives. */
export type RetrieveCurrentDeploymentResponseBody = Deployment;
/** One of `deployments.list`. */
export type ApiDeploymentListResponseItem = Deployment;
export type { RetryOptions };
