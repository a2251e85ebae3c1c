/**
 * Concurrency limits, for people: what is held, pauses, other bounds. A limit is a queue (`queues`), in Trigger.dev's newer words.
 */
import { HoldfastError } from "../engine/errors.ts";
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

/** Other bounds; what is not given stays. Whole numbers from 0 to 10,000. */
export interface ConcurrencyLimitOverride {
  readonly perKey?: number;
  readonly total?: number;
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

/** Trigger.dev's view and override of one concurrency key. */
function refuseKey(call: string, options: object | undefined): void {
  if (options === undefined || !("concurrencyKey" in options)) return;
  throw new HoldfastError(
    "HF506",
    `concurrencyLimits.${call}() of one concurrencyKey is not supported by Holdfast.`,
    "A limit counts for each of its keys alike: leave concurrencyKey out.",
  );
}

async function ask(name: string, rest: string, body?: object): Promise<RetrievedConcurrencyLimit> {
  const path = `${base}/${encodeURIComponent(name)}${rest}`;
  const method = body === undefined ? "GET" : "POST";
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return limitOf(await askApi<Raw>(clientConfig(), { method, path, ...sent }));
}

const listed = numberedPages("concurrencyLimits", base, limitOf);

/**
 * The limits that the code has declared: by `concurrencyLimit()`, by a task's `concurrency`, or by a queue.
 *
 * @throws HoldfastError HF506 for a view or an override of one `concurrencyKey`
 * @example
 * ```ts
 * import { concurrencyLimits } from "holdfast";
 *
 * await concurrencyLimits.override("openai", { total: 50 });
 * const { running, queued, total } = await concurrencyLimits.retrieve("openai");
 * console.log(`${running} of ${total.current} are held, ${queued} wait`);
 * await concurrencyLimits.reset("openai");
 * ```
 */
export const concurrencyLimits = {
  /** By name: await one page, or go through all with `for await`. */
  list: (options: PageOptions = {}): CursorPagePromise<RetrievedConcurrencyLimit> => listed(options),
  /** One limit. @throws NotFoundError for one that no code has declared */
  retrieve: async (name: string, options?: object): Promise<RetrievedConcurrencyLimit> => {
    refuseKey("retrieve", options);
    return ask(name, "");
  },
  /** Bounds in place of the code's, whatever is deployed, until they are reset. @throws NotFoundError */
  override: async (name: string, override: ConcurrencyLimitOverride): Promise<RetrievedConcurrencyLimit> => {
    refuseKey("override", override);
    return ask(name, "/override", override);
  },
  /** The code's bounds again. @throws NotFoundError */
  reset: async (name: string, options?: object): Promise<RetrievedConcurrencyLimit> => {
    refuseKey("reset", options);
    return ask(name, "/reset", {});
  },
  /** Begins nothing that holds the limit, and goes on with nothing that waits. What is at work goes on. @throws NotFoundError */
  pause: (name: string): Promise<RetrievedConcurrencyLimit> => ask(name, "/pause", { action: "pause" }),
  /** Ends a pause. @throws NotFoundError */
  resume: (name: string): Promise<RetrievedConcurrencyLimit> => ask(name, "/pause", { action: "resume" }),
};
