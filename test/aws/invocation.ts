/** What harness and function processes say to each other. */

/** An error as Lambda reports it. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** One event for a function. */
export interface ToFunction {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** Unix milliseconds. */
  readonly deadline: number;
  readonly arn: string;
}

/** What a function's process says. */
export type FromFunction =
  | { readonly kind: "ready" }
  | { readonly kind: "initFailed"; readonly error: InvocationError }
  | { readonly kind: "done"; readonly result: string }
  | { readonly kind: "failed"; readonly error: InvocationError };

/** How an invocation ended. */
export type Invoked =
  | { readonly ok: true; readonly result: string }
  | { readonly ok: false; readonly error: InvocationError };
