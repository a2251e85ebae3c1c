/**
 * Errors of calls to the server: Trigger.dev's classes, with Holdfast's code and fix on each.
 *
 * Invariant: an answer that is an error always becomes one of these; no answer at all becomes HF504.
 */

/** The body of an answer that is an error. */
export interface ApiProblem {
  readonly error?: string;
  readonly code?: string;
  readonly fix?: string;
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  /** Of HF531: the log group in CloudWatch. */
  readonly logGroup?: string;
}

/** An answer of the server that is an error. Its subclasses tell the kinds apart. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly status: number;
  readonly headers: Headers;
  /** What the server said, as it said it. */
  readonly error: ApiProblem;
  /** A code such as HF203; undefined when something before the server answered. */
  readonly code: string | undefined;
  /** What to do next. */
  readonly fix: string | undefined;

  constructor(status: number, headers: Headers, error: ApiProblem) {
    const { code, error: what, fix } = error;
    super([code ?? status, what ?? "The server answered with an error.", fix].filter(Boolean).join(" "));
    this.status = status;
    this.headers = headers;
    this.error = error;
    this.code = code;
    this.fix = fix;
  }
}

/** 400: the request is not valid JSON. */
export class BadRequestError extends ApiError {
  override readonly name = "BadRequestError";
}

/** 401: the key is missing or wrong. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError";
}

/** 403: the server does not answer under that Host. */
export class PermissionDeniedError extends ApiError {
  override readonly name = "PermissionDeniedError";
}

/** 404: no such task, run or route. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
}

/** 409: the run is in a status that does not allow this. */
export class ConflictError extends ApiError {
  override readonly name = "ConflictError";
}

/** 422: the request does not have the expected form. */
export class UnprocessableEntityError extends ApiError {
  override readonly name = "UnprocessableEntityError";
}

/** 429: too many requests. */
export class RateLimitError extends ApiError {
  override readonly name = "RateLimitError";

  /** How long the server asked to wait, or undefined. */
  get millisecondsUntilReset(): number | undefined {
    return retryAfterMs(this.headers, Date.now());
  }
}

/** 5xx: the server failed. */
export class InternalServerError extends ApiError {
  override readonly name = "InternalServerError";
}

const byStatus: Readonly<Record<number, typeof ApiError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** The error for an answer. What is no JSON (a proxy's page) is left out: it would bury the status. */
export function apiError(status: number, headers: Headers, body: string): ApiError {
  const ErrorClass = byStatus[status] ?? (status >= 500 ? InternalServerError : ApiError);
  return new ErrorClass(status, headers, problemIn(body));
}

function problemIn(body: string): ApiProblem {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** What `Retry-After` asks for, in milliseconds. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
