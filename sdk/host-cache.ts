/**
 * A cache inside a run: what gives a fresh value has a frame of its own, and a store of the author's is called in units.
 *
 * Invariant: a cache in memory is filled again by the recorded awaits of each pass.
 */
import { handOver, isWrappable } from "../engine/authored.ts";
import type { Frame, Site } from "../engine/frame.ts";
import { know } from "../engine/promises.ts";
import { askUnit } from "../engine/unit.ts";
import { type CacheEntry, type CacheStore, cached, InMemoryCache } from "./cache.ts";

function cache(frame: Frame, site: Site, args: readonly unknown[]): Promise<unknown> {
  const [store, cacheKey, fn] = args as [CacheStore, string, () => unknown];
  const own: unknown = fn;
  const { execution } = frame;
  const key = frame.next(site.id);
  const place = { name: site.name, at: site.at };
  const unit = (part: string, given: readonly unknown[], invoke: () => unknown): Promise<unknown> =>
    askUnit(frame, `${key}/${part}#0`, { sort: "unit", place, args: given, invoke });
  const isInMemory = store instanceof InMemoryCache;
  const parts = {
    get: (name: string) =>
      isInMemory ? store.get(name) : (unit("get", [name], () => store.get(name)) as Promise<CacheEntry>),
    set: (name: string, entry: CacheEntry) =>
      isInMemory ? store.set(name, entry) : unit("set", [name], () => store.set(name, entry)),
    now: () => execution.now,
  };
  const fresh = (): unknown =>
    isWrappable(own)
      ? handOver(frame.child(`${key}/value#0`), own, undefined, [])
      : unit("value", [cacheKey], () => fn());
  return know(cached(parts, cacheKey, fresh));
}

/** What the SDK's functions do, by name. */
export const cacheFunctions = { cache };
