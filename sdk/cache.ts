/**
 * A cache of one's own within a run, as in files that were written for Trigger.dev.
 *
 * Every await is recorded, so a finished one is never made again; a cache spares a call that the code makes twice.
 */
import { durable, runHere } from "./link.ts";

/** When an entry was made, in Unix milliseconds; `ttl` is the store's own affair. */
export type CacheMetadata = { createdTime: number; ttl?: number | null };
/** What a store keeps. */
export type CacheEntry<Value = unknown> = { metadata: CacheMetadata; value: Value };
/** At once or later, or not at all. */
export type Eventually<Value> = Value | null | undefined | Promise<Value | null | undefined>;
/** Where entries are kept, such as a database. Within a run its calls are checkpoints. */
export type CacheStore<Value = unknown> = {
  name?: string;
  get: (key: string) => Eventually<CacheEntry<Value>>;
  set: (key: string, value: CacheEntry<Value>) => unknown | Promise<unknown>;
  delete: (key: string) => unknown | Promise<unknown>;
};
/** Gives what is kept under the key, or what `fn` gives, and keeps that. */
export type CacheFunction = <Value>(
  cacheKey: string,
  fn: () => Promise<Value> | Value,
) => Promise<Value> | Value;

/**
 * A store in memory, of each run apart: what a run has put in is there for that run alone, and behind a crash, too.
 *
 * @example
 * ```ts
 * const cache = createCache(new InMemoryCache());
 * ```
 */
export class InMemoryCache<Value = unknown> {
  readonly #outside = new Map<string, CacheEntry<Value>>();
  readonly #byRun = new WeakMap<object, Map<string, CacheEntry<Value>>>();

  #entries(): Map<string, CacheEntry<Value>> {
    const run = runHere();
    if (run === undefined) return this.#outside;
    const entries = this.#byRun.get(run) ?? new Map<string, CacheEntry<Value>>();
    this.#byRun.set(run, entries);
    return entries;
  }

  get(key: string): Eventually<CacheEntry<Value>> {
    return this.#entries().get(key);
  }

  set(key: string, value: CacheEntry<Value>): unknown {
    this.#entries().set(key, value);
    return undefined;
  }

  delete(key: string): unknown {
    this.#entries().delete(key);
    return undefined;
  }
}

/** How the parts of a cached call are made. */
export interface CacheParts {
  readonly get: (key: string) => Eventually<CacheEntry>;
  readonly set: (key: string, entry: CacheEntry) => unknown;
  readonly now: () => number;
}

/** What is kept, or what `fn` gives from now on. */
export async function cached(
  { get, set, now }: CacheParts,
  cacheKey: string,
  fn: () => unknown,
): Promise<unknown> {
  const known = await get(cacheKey);
  if (known) return known.value;
  const value = await fn();
  await set(cacheKey, { value, metadata: { createdTime: now() } });
  return value;
}

/**
 * Makes a cache on a store. Within a run the awaits of `fn` are checkpoints, and so are the calls of a store of your own.
 *
 * @example
 * ```ts
 * import { createCache, InMemoryCache, task } from "holdfast";
 *
 * const cache = createCache(new InMemoryCache());
 *
 * export const greet = task({
 *   id: "greet",
 *   run: async ({ userId }: { userId: string }) => {
 *     const user = await cache(`user:${userId}`, async () => (await fetch(`https://example.com/${userId}`)).text());
 *     return `Hello ${user}`;
 *   },
 * });
 * ```
 */
export function createCache<Value>(store: CacheStore<Value>): CacheFunction {
  const parts: CacheParts = {
    get: (key) => store.get(key),
    set: (key, entry) => store.set(key, entry as CacheEntry<Value>),
    now: Date.now,
  };
  return durable("cache", [store], (cacheKey: string, fn: () => unknown) =>
    cached(parts, cacheKey, fn),
  ) as CacheFunction;
}
