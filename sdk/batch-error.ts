/**
 * What a batch that could not be started is refused with: Trigger.dev's error.
 *
 * Invariant: none of the batch's runs has begun, unless its items took more than one request.
 */
import { HoldfastError } from "../engine/errors.ts";
import type { ApiError, RateLimitError } from "./api-errors.ts";

/** Told by its status: that class is loaded with the client, and a run of its own has neither. */
const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && typeof (error as Partial<ApiError>).status === "number";

/** A batch could not be started. `cause` says why: an `ApiError`, or an error of Holdfast's with its code. */
export class BatchTriggerError extends Error {
  override readonly name = "BatchTriggerError";
  /** Where it ended. There is nothing to offload here, and items are no call of their own: always `create`. */
  readonly phase = "create";
  /** Never known: a batch that was refused has no id. */
  readonly batchId: string | undefined = undefined;
  readonly itemCount: number;
  /** The server has had too many requests. */
  readonly isRateLimited: boolean;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly apiError: ApiError | undefined;
  /** The status of that answer. */
  readonly status: number | undefined;
  /** A code such as HF511; undefined when something before the server answered. */
  readonly code: string | undefined;
  /** What to do next. */
  readonly fix: string | undefined;
  /** True where the same batch can be taken another time. */
  readonly retryable: boolean;

  constructor(itemCount: number, cause: HoldfastError | ApiError) {
    super(`Failed to create batch with ${itemCount} items: ${cause.message}`, { cause });
    this.itemCount = itemCount;
    this.apiError = isApiError(cause) ? cause : undefined;
    this.status = this.apiError?.status;
    this.isRateLimited = this.status === 429;
    this.retryAfterMs = (cause as Partial<RateLimitError>).millisecondsUntilReset;
    this.code = cause.code;
    this.fix = cause.fix;
    this.retryable =
      cause instanceof HoldfastError ? cause.retryable : cause.status >= 500 || this.isRateLimited;
  }
}

/** Starts a batch. @throws BatchTriggerError for what the server or the way to it refuses */
export async function startedBatch<T>(itemCount: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (isApiError(error) || error instanceof HoldfastError) throw new BatchTriggerError(itemCount, error);
    throw error;
  }
}
