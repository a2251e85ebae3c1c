/**
 * `holdfast`: what task authors and callers write. Only `fetch` and WebCrypto are needed outside a run.
 *
 * @module holdfast
 */
export { registerCodec, registerErrorClass } from "../engine/codec.ts";
export type { ClassCodec } from "../engine/codec-classes.ts";
export {
  AbortTaskRunError,
  CompleteTaskWithOutput,
  HoldfastError,
  OutOfMemoryError,
  RunCanceledError,
} from "../engine/errors.ts";
export type { AlertRequest, AlertWebhook } from "./alert-events.ts";
export {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "./api-errors.ts";
export { auth } from "./auth.ts";
export type { BatchItem, BatchOptions, BatchResult, BatchRunHandle, BatchSource } from "./batch.ts";
export { BatchTriggerError } from "./batch-error.ts";
export {
  type BatchByIdItem,
  type BatchByTaskItem,
  type BatchByTaskResult,
  batch,
  type RetrievedBatch,
} from "./batches.ts";
export type { BulkAction, BulkActionOptions, BulkFilter } from "./bulk.ts";
export {
  type CacheEntry,
  type CacheFunction,
  type CacheMetadata,
  type CacheStore,
  createCache,
  InMemoryCache,
} from "./cache.ts";
export {
  type SubscribeOptions,
  SubtaskUnwrapError,
  type TaskRunPromise,
  type TaskRunResult,
} from "./child.ts";
export {
  type ConcurrencyLimitBound,
  type ConcurrencyLimitKey,
  type ConcurrencyLimitKeyOverride,
  type ConcurrencyLimitOverride,
  concurrencyLimits,
  type RetrievedConcurrencyLimit,
  type RetrievedConcurrencyLimitKey,
} from "./concurrency-limits.ts";
export { type Configuration, configure } from "./config.ts";
export type { Context } from "./context.ts";
export type { DebounceOptions } from "./debounce.ts";
export { defineConfig, type TriggerConfig } from "./define-config.ts";
export { type Deployment, deployments, type ListDeploymentsOptions } from "./deployments.ts";
export type { Duration, DurationParts } from "./duration.ts";
export {
  type CreateEnvironmentVariableParams,
  type EnvironmentVariable,
  type EnvironmentVariableResponse,
  envvars,
  type ImportEnvironmentVariablesParams,
  type UpdateEnvironmentVariableParams,
} from "./envvars.ts";
export type {
  CancelHookParams,
  CatchErrorHookParams,
  CatchErrorResult,
  CleanupHookParams,
  CompleteHookParams,
  FailureHookParams,
  MiddlewareParams,
  StartHookParams,
  SuccessHookParams,
  TaskHooks,
  TaskWait,
  WaitHookParams,
} from "./hooks.ts";
export { idempotencyKeys } from "./idempotency-keys.ts";
export {
  type InferInputStreamType,
  type InputStreamOnceOptions,
  type InputStreamOncePromise,
  type InputStreamOnceResult,
  type InputStreamSubscription,
  InputStreamTimeoutError,
  type InputStreamWaitOptions,
  type InputStreamWaitWithIdleTimeoutOptions,
  type RealtimeDefinedInputStream,
} from "./input-stream-forms.ts";
export type { IdempotencyKey, IdempotencyKeyScope, ResetIdempotencyKeyOptions } from "./key-forms.ts";
export { type LocalsKey, locals } from "./locals.ts";
export { logger } from "./logger.ts";
export type { Machine, MachineContext } from "./machine.ts";
export { type MetadataUpdater, type MetadataValue, metadata, type RunMetadata } from "./metadata.ts";
export { otel } from "./otel.ts";
export type { RunHandle, TriggerOptions } from "./outside.ts";
export type { PublicTokenOptions, PublicTokenScopes, TokenScope } from "./public-token.ts";
export {
  type Concurrency,
  type ConcurrencyLimitOptions,
  concurrencyLimit,
  type Queue,
  type QueueRate,
  queue,
  type TaskConcurrency,
  type TaskQueue,
} from "./queue.ts";
export { type QueueRef, queues, type RetrievedQueue } from "./queues.ts";
export type { RequestOptions } from "./request-options.ts";
export { retry } from "./retry.ts";
export type { BackoffStrategy, FetchRetryOptions, HeadersStrategy } from "./retry-fetch-options.ts";
export type { RetryAttempt, RetryFetchInit } from "./retry-loop.ts";
export type { RetrievedRun, RunSummary } from "./run-shape.ts";
export { type ReplayOptions, runs } from "./runs.ts";
export { type ScheduledTaskOptions, type ScheduledTaskPayload, schedules } from "./schedules.ts";
export {
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
  TaskPayloadParsedError,
} from "./schema.ts";
export { secret } from "./secret.ts";
export type { Span, SpanAttributes, SpanOptions } from "./span.ts";
export { idempotencyKey, live, type StepOptions, step } from "./step.ts";
export type {
  AppendStreamOptions,
  AsyncIterableStream,
  InferStreamType,
  PipeStreamOptions,
  PipeStreamResult,
  ReadStreamOptions,
  RealtimeDefinedStream,
  StreamSource,
  WriterStreamOptions,
} from "./stream-forms.ts";
export { streams } from "./streams.ts";
export { tags } from "./tags.ts";
export { type SchemaTask, schemaTask, type Task, task } from "./task.ts";
export type { RunParams, SchemaTaskOptions, TaskOptions, TaskRetry } from "./task-options.ts";
export type { AnyTask, TaskIdentifier, TaskOutput, TaskPayload } from "./task-types.ts";
export { tasks } from "./tasks.ts";
export {
  type CreatedToken,
  type CreateTokenOptions,
  type ListTokensParams,
  type RetrievedToken,
  type TokenPromise,
  type TokenRef,
  type TokenResult,
  type TokenStatus,
  WaitpointTimeoutError,
  WebhookWaiterCancelledError,
} from "./tokens.ts";
export type { Transport, TransportRequest } from "./transport.ts";
export { TriggerClient, type TriggerClientConfig } from "./trigger-client.ts";
export type {
  AnyOnCancelHookFunction,
  AnyOnCatchErrorHookFunction,
  AnyOnCompleteHookFunction,
  AnyOnFailureHookFunction,
  AnyOnMiddlewareHookFunction,
  AnyOnResumeHookFunction,
  AnyOnStartAttemptHookFunction,
  AnyOnStartHookFunction,
  AnyOnSuccessHookFunction,
  AnyOnWaitHookFunction,
  AnyRealtimeRun,
  AnyRetrieveRunResult,
  AnyRunShape,
  ApiClientConfiguration,
  ApiDeploymentListResponseItem,
  BatchTriggerOptions,
  HandleErrorArgs,
  HandleErrorFunction,
  JSONSchema,
  LogLevel,
  ManualWaitpointPromise,
  OnStartHookFunction,
  RealtimeRun,
  ReplayRunOptions,
  RetrieveCurrentDeploymentResponseBody,
  RetrieveRunResult,
  RetryOptions,
  RunShape,
  TaskCompleteResult,
  TaskFromIdentifier,
  TaskOptionsWithSchema,
  TaskRunContext,
  TaskRunShape,
  TaskSchema,
  TaskStartHookParams,
  TaskWithSchema,
  TaskWithSchemaOptions,
  WaitForOptions,
  WaitpointRetrievedToken,
  WebhookHandle,
  WebhookOnEventParams,
  WebhookWaiterPromise,
} from "./type-names.ts";
export {
  AgentChat,
  ai,
  awsCredentialProvider,
  ChatChunkTooLargeError,
  ChatStream,
  chat,
  chatEvent,
  createChatTransport,
  defineWebhookEndpoint,
  isChatChunkTooLargeError,
  OIDCTokenError,
  prompts,
  query,
  SessionHandle,
  SessionInputChannel,
  SessionOutputChannel,
  sessions,
  skills,
  TriggerChatTransport,
  toolTask,
  type Unsupported,
  WebhookEndpointNotFoundError,
  WebhookFilterError,
  WebhookIndexingError,
  WebhookWaiterLimitError,
} from "./unsupported.ts";
export { type ComputeUsage, type CurrentUsage, heartbeats, timeout, usage, waitUntil } from "./usage.ts";
export { type CommonWaitOptions, wait } from "./wait.ts";
export { WebhookError } from "./webhook-error.ts";
export {
  type SourceOptions,
  type StripeWebhookEvent,
  type WebhookSource,
  webhookSources,
} from "./webhook-sources.ts";
export type {
  AsymmetricVerifier,
  HmacVerifier,
  TokenVerifier,
  UrlSecretVerifier,
  WebhookVerifier,
} from "./webhook-verifiers.ts";
export {
  type CancelWebhookWaiterResult,
  type CreateWebhookWaiterOptions,
  type WebhookEndpoint,
  type WebhookEndpointContext,
  type WebhookEventParams,
  type WebhookOptions,
  type WebhookTaskPayload,
  type WebhookWaiter,
  type WebhookWaiterOutput,
  webhook,
  webhooks,
} from "./webhooks.ts";
