/**
 * One call to the server: address and key, or another transport; time limit, repetition, errors.
 *
 * Owns:      which failures are tried again, and how long apart.
 * Never:     tries again what may have had an effect that a repetition would have a second time; sends the key elsewhere.
 * Invariant: a call ends with an answer, an `ApiError`, HF504, HF505, an error of the transport, or the reason of the
 *            caller's own signal.
 */
import { HoldfastError, isOwnError } from "../engine/errors.ts";
import { apiError, retryAfterMs } from "./api-errors.ts";
import type { Transport } from "./transport.ts";

/** What a client needs. */
export interface ApiClientConfig {
  readonly baseUrl: string;
  readonly secretKey: string | undefined;
  /** Instead of HTTP with the key, for all but links that are their own key. */
  readonly transport?: Transport | undefined;
  /** Instead of the global `fetch`: tests, proxies. */
  readonly fetch?: typeof globalThis.fetch;
  /** Time limit of one try, beside a `wait`; 60 s by default. */
  readonly timeoutMs?: number;
}

/** What every call may be given. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** One call. */
export interface Call extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Set where a repetition could do harm: then only 429 is tried again, which the server says before it does anything. */
  readonly once?: true;
  /** Time that the server may take on purpose. */
  readonly waitMs?: number;
}

const triesMax = 4;
const firstDelayMs = 200;
const longestDelayMs = 30_000;
/** A server that asks for more (`retry-after`) is not waited for. */
const longestAskedMs = 90_000;

/** A failure, and whether and when to try again. */
class Failure {
  readonly error: unknown;
  readonly again: boolean;
  readonly afterMs: number | undefined;
  constructor(error: unknown, again: boolean, afterMs?: number) {
    this.error = error;
    this.again = again;
    this.afterMs = afterMs;
  }
}

/** A way to make a request once. */
interface Way {
  /** For errors. */
  readonly address: string;
  go(signal: AbortSignal): Promise<Response>;
}

/** Makes a call; gives the text of the answer. */
async function callApi(config: ApiClientConfig, call: Call): Promise<string> {
  const way = wayOf(config, call);
  return repeated(call, () => once(config, way, call));
}

function wayOf(config: ApiClientConfig, call: Call): Way {
  const { transport, secretKey } = config;
  const { method, body } = call;
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (transport !== undefined) {
    const query = call.query?.size ? `?${call.query}` : "";
    const request = {
      method,
      path: `${call.path}${query}`,
      headers,
      ...(body === undefined ? {} : { body }),
    };
    return { address: transport.address, go: (signal) => transport.request({ ...request, signal }) };
  }
  if (!secretKey) throw keyMissing();
  const url = addressOf(config.baseUrl, call.path, call.query);
  return overHttp(config, url, call, { ...headers, authorization: `Bearer ${secretKey.trim()}` });
}

function overHttp(
  config: ApiClientConfig,
  url: URL,
  { method, body }: Call,
  headers: Readonly<Record<string, string>>,
): Way {
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  return {
    address: url.origin,
    go: (signal) => (config.fetch ?? globalThis.fetch)(url, { ...init, signal }),
  };
}

/** The same, for an answer that is JSON. What the server answers is its promise, kept by the tests of the routes. */
export async function askApi<T>(config: ApiClientConfig, call: Call): Promise<T> {
  const text = await callApi(config, call);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    const fix = "Check HOLDFAST_API_URL: something else seems to answer there.";
    throw new HoldfastError("HF504", `${config.baseUrl} answered with something that is not JSON.`, fix, {
      cause: error,
    });
  }
}

/**
 * Fetches a link that is its own key. The server's own links are asked for where it was reached: behind a proxy it may
 * not know the address under which callers see it.
 */
export function fetchLink(config: ApiClientConfig, link: string, options: CallOptions): Promise<string> {
  const call: Call = { method: "GET", path: "", ...options };
  const ownAt = link.indexOf("/api/v1/packets/");
  const url = addressOf(config.baseUrl, ownAt < 0 ? link : link.slice(ownAt));
  const way = overHttp(config, url, call, {});
  return repeated(call, () => once(config, way, call));
}

async function repeated(call: Call, attempt: () => Promise<string | Failure>): Promise<string> {
  for (let number = 1; ; number++) {
    const answer = await attempt();
    if (typeof answer === "string") return answer;
    if (!answer.again || number >= triesMax || (answer.afterMs ?? 0) > longestAskedMs) throw answer.error;
    const backOff = firstDelayMs * 2 ** (number - 1) * (0.5 + Math.random() / 2);
    await pause(answer.afterMs ?? Math.min(backOff, longestDelayMs), call.signal);
  }
}

async function once(config: ApiClientConfig, way: Way, call: Call): Promise<string | Failure> {
  const limitMs = (config.timeoutMs ?? 60_000) + (call.waitMs ?? 0);
  const limit = AbortSignal.timeout(limitMs);
  try {
    const answer = await way.go(call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]));
    const text = await answer.text();
    if (answer.ok) return text;
    const again = answer.status === 429 || (!call.once && (answer.status >= 500 || answer.status === 408));
    return new Failure(
      apiError(answer.status, answer.headers, text),
      again,
      retryAfterMs(answer.headers, Date.now()),
    );
  } catch (error) {
    call.signal?.throwIfAborted();
    if (isOwnError(error)) return new Failure(error, error.retryable && !call.once);
    const what = limit.aborted
      ? `did not answer within ${limitMs / 1_000} s`
      : `could not be reached (${reason(error)})`;
    return new Failure(unreachable(way.address, what, error), !call.once);
  }
}

function addressOf(baseUrl: string, path: string, query?: URLSearchParams): URL {
  try {
    const isWhole = /^https?:\/\//.test(path);
    const url = new URL(isWhole ? path : `${baseUrl.replace(/\/+$/, "")}${path}`);
    if (query !== undefined) url.search = query.toString();
    return url;
  } catch (error) {
    const fix =
      'Set HOLDFAST_API_URL, or configure({ baseURL }), to an address such as "http://localhost:7474".';
    throw new HoldfastError("HF504", `${JSON.stringify(baseUrl)} is no address of a server.`, fix, {
      cause: error,
    });
  }
}

function keyMissing(): HoldfastError {
  const fix =
    "Set HOLDFAST_SECRET_KEY (TRIGGER_SECRET_KEY is read as well), or call configure({ secretKey }); `holdfast dev` keeps the key that it made in keys.json of its data folder.";
  return new HoldfastError("HF505", "No secret key is configured.", fix);
}

function unreachable(address: string, what: string, cause: unknown): HoldfastError {
  const isLocal = /^https?:\/\/(localhost|127\.|\[::1\])/.test(address);
  const start = isLocal ? "Start it with `holdfast dev`, or set" : "Check that it is running and that";
  const fix = `${start} HOLDFAST_API_URL${isLocal ? " to where it runs." : " is its address."}`;
  return new HoldfastError("HF504", `The server at ${address} ${what}.`, fix, { cause, retryable: true });
}

/** Node hides the reason of "fetch failed" in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
  return String(cause?.code ?? cause?.message ?? error.message);
}

/** Waits, or rejects with the reason of the signal. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
