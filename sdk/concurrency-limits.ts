/**
 * Concurrency limits, for people: what is held, pauses, other bounds. A limit is a queue (`queues`), in Trigger.dev's newer words.
 */
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import type { CursorPagePromise } from "./cursor-page.ts";
import { numberedPages, type PageOptions } from "./numbered-pages.ts";

/** One bound of a limit; null: any number. */
export interface ConcurrencyLimitBound {
  /** The one that counts, when the limit is not paused. */
  readonly current: number | null;
  /** The code's. */
  readonly base: number | null;
  readonly override: number | null;
  readonly overriddenAt: Date | null;
}

/** A concurrency limit as the server tells of it. */
export interface RetrievedConcurrencyLimit {
  /** `climit_…` */
  readonly id: string;
  /** As `concurrencyLimit()` was given it; `task/<id>` for a task's own limit. */
  readonly name: string;
  /** For each concurrency key; runs without one share one. */
  readonly perKey: ConcurrencyLimitBound;
  /** Over all keys. */
  readonly total: ConcurrencyLimitBound;
  /** Runs that are worked on. */
  readonly running: number;
  /** Runs that wait for a slot. */
  readonly queued: number;
  readonly paused: boolean;
}

/** One concurrency key of a limit, as the server tells of it. */
export interface RetrievedConcurrencyLimitKey {
  /** The limit's. */
  readonly name: string;
  readonly concurrencyKey: string;
  readonly perKey: {
    /** What counts for the key, when the limit is not paused; null: any number. */
    readonly current: number | null;
    /** What counts for keys without a limit of their own. */
    readonly base: number | null;
    /** The key's own. */
    readonly override: number | null;
    /** When the key's own ends. */
    readonly expiresAt: Date | null;
  };
  /** Runs of the key that are worked on. */
  readonly running: number;
  readonly paused: boolean;
}

/** Other bounds; what is not given stays. Whole numbers from 0 to 10,000. */
export interface ConcurrencyLimitOverride {
  readonly perKey?: number;
  readonly total?: number;
  readonly concurrencyKey?: never;
  readonly ttl?: never;
}

/** One concurrency key of a limit: a text or a number, as `concurrencyKey` of a trigger. */
export interface ConcurrencyLimitKey {
  readonly concurrencyKey: string | number;
}

/** The limit of one concurrency key, for a time. */
export interface ConcurrencyLimitKeyOverride extends ConcurrencyLimitKey {
  /** Runs of the key at once, in place of the limit's `perKey`: 0 to 10,000; 0 begins and goes on with none of them. */
  readonly perKey: number;
  /** How long: a duration such as `"7d"`, or a number of seconds. 7 days unless said, 30 at most. */
  readonly ttl?: string | number;
  readonly total?: never;
}

const base = "/api/v1/concurrency-limits";

type RawBound = Omit<ConcurrencyLimitBound, "overriddenAt"> & { readonly overriddenAt: string | null };
type Raw = Omit<RetrievedConcurrencyLimit, "perKey" | "total"> & {
  readonly perKey: RawBound;
  readonly total: RawBound;
};

const boundOf = ({ overriddenAt: at, ...rest }: RawBound): ConcurrencyLimitBound => ({
  ...rest,
  overriddenAt: at === null ? null : new Date(at),
});

const limitOf = ({ perKey, total, ...rest }: Raw): RetrievedConcurrencyLimit => ({
  ...rest,
  perKey: boundOf(perKey),
  total: boundOf(total),
});

type RawKey = Omit<RetrievedConcurrencyLimitKey, "perKey"> & {
  readonly perKey: Omit<RetrievedConcurrencyLimitKey["perKey"], "expiresAt"> & {
    readonly expiresAt: string | null;
  };
};

const keyOf = ({ perKey: { expiresAt: at, ...rest }, ...key }: RawKey): RetrievedConcurrencyLimitKey => ({
  ...key,
  perKey: { ...rest, expiresAt: at === null ? null : new Date(at) },
});

function asked<T>(name: string, rest: string, body?: object): Promise<T> {
  const path = `${base}/${encodeURIComponent(name)}${rest}`;
  const method = body === undefined ? "GET" : "POST";
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return askApi<T>(clientConfig(), { method, path, ...sent });
}

const ask = async (...given: Parameters<typeof asked>): Promise<RetrievedConcurrencyLimit> =>
  limitOf(await asked<Raw>(...given));
const askKey = async (...given: Parameters<typeof asked>): Promise<RetrievedConcurrencyLimitKey> =>
  keyOf(await asked<RawKey>(...given));

/** Is the call about one key? */
const ofKey = (options: object | undefined): options is ConcurrencyLimitKey =>
  options !== undefined && "concurrencyKey" in options && options.concurrencyKey !== undefined;

type Limit = RetrievedConcurrencyLimit;
type Key = RetrievedConcurrencyLimitKey;

function retrieve(name: string, options: ConcurrencyLimitKey): Promise<Key>;
function retrieve(name: string, options?: object): Promise<Limit>;
function retrieve(name: string, options?: object): Promise<Limit | Key> {
  if (!ofKey(options)) return ask(name, "");
  return askKey(name, `?${new URLSearchParams({ concurrencyKey: String(options.concurrencyKey) })}`);
}

function override(name: string, override: ConcurrencyLimitKeyOverride): Promise<Key>;
function override(name: string, override: ConcurrencyLimitOverride): Promise<Limit>;
function override(
  name: string,
  override: ConcurrencyLimitOverride | ConcurrencyLimitKeyOverride,
): Promise<Limit | Key>;
function override(name: string, override: ConcurrencyLimitOverride | ConcurrencyLimitKeyOverride) {
  return ofKey(override) ? askKey(name, "/override", override) : ask(name, "/override", override);
}

function reset(name: string, options: ConcurrencyLimitKey): Promise<Key>;
function reset(name: string, options?: object): Promise<Limit>;
function reset(name: string, options?: object): Promise<Limit | Key> {
  if (!ofKey(options)) return ask(name, "/reset", {});
  return askKey(name, "/reset", { concurrencyKey: options.concurrencyKey });
}

const listed = numberedPages("concurrencyLimits", base, limitOf);

/**
 * The limits that the code has declared: by `concurrencyLimit()`, by a task's `concurrency`, or by a queue.
 *
 * @example
 * ```ts
 * import { concurrencyLimits } from "holdfast";
 *
 * await concurrencyLimits.override("openai", { total: 50 });
 * const { running, queued, total } = await concurrencyLimits.retrieve("openai");
 * console.log(`${running} of ${total.current} are held, ${queued} wait`);
 * await concurrencyLimits.reset("openai");
 *
 * // One customer may have three at once, for a day.
 * await concurrencyLimits.override("openai", { concurrencyKey: "acme", perKey: 3, ttl: "1d" });
 * const { perKey } = await concurrencyLimits.retrieve("openai", { concurrencyKey: "acme" });
 * console.log(`${perKey.current} until ${perKey.expiresAt}`);
 * ```
 */
export const concurrencyLimits = {
  /** By name: await one page, or go through all with `for await`. */
  list: (options: PageOptions = {}): CursorPagePromise<RetrievedConcurrencyLimit> => listed(options),
  /** One limit, or with `{ concurrencyKey }` one key of it. @throws NotFoundError for one that no code has declared */
  retrieve,
  /**
   * Bounds in place of the code's, whatever is deployed, until they are reset. With `concurrencyKey` and `perKey` a limit of
   * that key alone, for `ttl`: other keys keep what they have. @throws NotFoundError; ConflictError (HF542) for the 1,001st key
   */
  override,
  /** The code's bounds again; with `{ concurrencyKey }` what counts for each key, for that one, too. @throws NotFoundError */
  reset,
  /** Begins nothing that holds the limit, and goes on with nothing that waits. What is at work goes on. @throws NotFoundError */
  pause: (name: string): Promise<RetrievedConcurrencyLimit> => ask(name, "/pause", { action: "pause" }),
  /** Ends a pause. @throws NotFoundError */
  resume: (name: string): Promise<RetrievedConcurrencyLimit> => ask(name, "/pause", { action: "resume" }),
};
