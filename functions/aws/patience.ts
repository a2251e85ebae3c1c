/** What the clients of all services are told: how often and how long a call is tried. */

/** What may be configured. In a Lambda function nothing needs to be. */
export interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/**
 * Four tries with jitter, some twelve seconds at most: a pass that renews its lease after a third of it still keeps it.
 * Not less for each: a new connection takes its time on a small function, and the author's code may block this one's
 * event loop for a second, which looks the same from here.
 */
export const patience = {
  maxAttempts: 4,
  requestHandler: {
    connectionTimeout: 3_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    httpAgent: { keepAlive: true, maxSockets: 50 },
    httpsAgent: { keepAlive: true, maxSockets: 50 },
  },
} as const;
