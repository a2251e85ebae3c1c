/**
 * A way to the project other than HTTP with a key. `awsTransport` of `holdfast/aws` makes one.
 *
 * Never: knows a key; who may call is decided on the way.
 */

/** One request, as it would go over HTTP. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query: `/api/v1/runs?limit=10`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborted when the caller gives up, or time is over. */
  readonly signal: AbortSignal;
}

/** Carries requests to a project. */
export interface Transport {
  /** Where it leads; errors name it. */
  readonly address: string;
  /**
   * Resolves with whatever the project answers, errors included. An error that is no `HoldfastError` counts as "could not
   * be reached" (HF504) and is tried again, as one that is `retryable` is.
   */
  request(request: TransportRequest): Promise<Response>;
}
