/**
 * Queues, for people: what is in them, pauses, other limits.
 */

import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import type { CursorPagePromise } from "./cursor-page.ts";
import type { Call } from "./http-call.ts";
import { numberedPages, type PageOptions } from "./numbered-pages.ts";

/** A queue as the server tells of it. */
export interface RetrievedQueue {
  readonly id: string;
  /** Of a task's own queue, the task's id. */
  readonly name: string;
  readonly type: "task" | "custom";
  /** Runs that are worked on; null for a queue without a limit, which nobody counts. */
  readonly running: number | null;
  /** Runs that wait for a slot; null likewise. */
  readonly queued: number | null;
  readonly paused: boolean;
  /** Runs that may be worked on at once, for each concurrency key; null: any number. */
  readonly concurrencyLimit: number | null;
  readonly concurrency: {
    readonly current: number | null;
    /** The code's. */
    readonly base: number | null;
    readonly override: number | null;
    readonly overriddenAt: Date | null;
    readonly overriddenBy: null;
    /** The code's limit over all concurrency keys. */
    readonly total: number | null;
  };
  /** The code's, its period in milliseconds. */
  readonly rateLimit: { readonly limit: number; readonly periodMs: number; readonly perKey: boolean } | null;
}

/** A queue by its id (`task/<id>` for a task's own), or by its name and type. */
export type QueueRef = string | { readonly type: "task" | "custom"; readonly name: string };

const base = "/api/v1/queues";

const ask = <T>(call: Call): Promise<T> => askApi<T>(clientConfig(), call);

const idOf = (queue: QueueRef): string =>
  typeof queue === "string" ? queue : `${queue.type === "task" ? "task/" : ""}${queue.name}`;

const pathOf = (queue: QueueRef, rest = ""): string => `${base}/${encodeURIComponent(idOf(queue))}${rest}`;

type Raw = Omit<RetrievedQueue, "concurrency"> & {
  readonly concurrency: Omit<RetrievedQueue["concurrency"], "overriddenAt"> & {
    readonly overriddenAt: string | null;
  };
};

function queueOf({ concurrency, ...rest }: Raw): RetrievedQueue {
  const { overriddenAt: at } = concurrency;
  return { ...rest, concurrency: { ...concurrency, overriddenAt: at === null ? null : new Date(at) } };
}

async function change(queue: QueueRef, rest: string, body: object): Promise<RetrievedQueue> {
  return queueOf(await ask<Raw>({ method: "POST", path: pathOf(queue, rest), body: JSON.stringify(body) }));
}

const listed = numberedPages("queues", base, queueOf);

/**
 * The queues that the code has declared: by `queue()` for a task, or by a task's own `queue`.
 *
 * @example
 * ```ts
 * import { queues } from "holdfast";
 *
 * await queues.pause("mails");
 * const { queued } = await queues.retrieve({ type: "custom", name: "mails" });
 * console.log(`${queued} wait`);
 * await queues.resume("mails");
 * ```
 */
export const queues = {
  /** By name: await one page, or go through all with `for await`. */
  list: (options: PageOptions = {}): CursorPagePromise<RetrievedQueue> => listed(options),
  /** One queue. @throws NotFoundError for one that no code has declared */
  retrieve: async (queue: QueueRef): Promise<RetrievedQueue> =>
    queueOf(await ask<Raw>({ method: "GET", path: pathOf(queue) })),
  /** Begins nothing of it, and goes on with nothing that waits, until it is resumed. What is at work goes on. @throws NotFoundError */
  pause: (queue: QueueRef): Promise<RetrievedQueue> => change(queue, "/pause", { action: "pause" }),
  /** Ends a pause. @throws NotFoundError */
  resume: (queue: QueueRef): Promise<RetrievedQueue> => change(queue, "/pause", { action: "resume" }),
  /** A limit in place of the code's, whatever is deployed, until it is reset. @throws NotFoundError */
  overrideConcurrencyLimit: (queue: QueueRef, concurrencyLimit: number): Promise<RetrievedQueue> =>
    change(queue, "/concurrency/override", { concurrencyLimit }),
  /** The code's limit again. @throws NotFoundError */
  resetConcurrencyLimit: (queue: QueueRef): Promise<RetrievedQueue> =>
    change(queue, "/concurrency/reset", {}),
};
