/** The HTTP API, as the page calls it: the shapes that it reads, and the calls that it makes. */

import type { ResumePlan } from "../engine/plan.ts";
import type { RunStatus, WaitingFor } from "../engine/run.ts";
import type { ApiLogLine, LogPage } from "../sdk/api-log.ts";
import type { RetrievedQueue } from "../sdk/queues.ts";
import type { RunCost } from "../sdk/run-cost.ts";
import type { ScheduleObject } from "../sdk/schedule-calls.ts";
import type { ErrorView, TreeEntry } from "../sdk/tree-entry.ts";
import { call } from "./call.ts";
import { elsewhere, type Place } from "./elsewhere.tsx";

/** A run of a list. */
export interface RunRow {
  readonly id: string;
  readonly status: RunStatus;
  readonly taskIdentifier: string;
  readonly version: string;
  readonly isCompleted: boolean;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly delayedUntil?: string;
  readonly durationMs: number;
  readonly attemptCount: number;
  readonly idempotencyKey?: string;
  readonly ttl?: string;
  readonly tags: readonly string[];
  readonly waitingFor?: WaitingFor;
  readonly waitingUntil?: string;
}

/** A run with its values. */
export interface RunDetails extends RunRow {
  readonly secretVersion?: string;
  readonly secretReplaced?: { readonly version: string; readonly at: string };
  readonly payload?: unknown;
  readonly payloadType?: string;
  readonly payloadPresignedUrl?: string;
  readonly payloadError?: { readonly code: string; readonly message: string };
  readonly output?: unknown;
  readonly outputPresignedUrl?: string;
  readonly outputError?: { readonly code: string; readonly message: string };
  /** What the run has noted of itself. */
  readonly metadata?: unknown;
  readonly error?: ErrorView;
  /** The run whose log it began with, up to that record. */
  readonly forkOf?: { readonly id: string; readonly number: number };
  readonly relatedRuns: { readonly root?: RunRow; readonly parent?: RunRow };
  readonly queue?: string;
  /** The queue whose slot it waits for. */
  readonly waitingSlot?: {
    readonly queue: string;
    readonly turn: "parked" | "called" | "later";
    readonly concurrencyKey?: string;
    readonly at?: string;
  };
}

/** A checkpoint that has not ended. */
export interface Awaited {
  readonly id: string;
  readonly name: string;
  readonly runId?: string;
  readonly tokenId?: string;
  readonly retryAt?: string;
}

/** A run's tree, as far as it was asked for; what the run waits for, and what it has cost. */
export interface TreeSeen {
  readonly entries: readonly TreeEntry[];
  /** How many pages that are, and where the next begins, if there is one. */
  readonly pages: number;
  readonly next?: number;
  readonly awaits?: { readonly named: readonly Awaited[]; readonly count: number };
  readonly cost: RunCost;
}

type TreePage = Page<TreeEntry, number> & { readonly run: Pick<TreeSeen, "awaits" | "cost"> };

/** A line that the author's code has logged. */
export type LineRow = ApiLogLine;

/** A task of the newest code. */
export interface TaskRow {
  readonly id: string;
  readonly description?: string;
  readonly file?: string;
  /** What its payload is like, as a JSON schema. */
  readonly payloadSchema?: unknown;
}

/** How a run is resumed: on which code, and what was decided about its checkpoints. */
export interface Resuming {
  readonly code: "newest" | "same";
  readonly redo: readonly string[];
  readonly keep: readonly string[];
}

/** A queue, its times as the answer has them. */
export type QueueRow = Omit<RetrievedQueue, "concurrency"> & {
  readonly concurrency: Omit<RetrievedQueue["concurrency"], "overriddenAt">;
};

/** A schedule, its times as the answer has them. */
export type ScheduleRow = Omit<ScheduleObject, "nextRun" | "lastRun"> & {
  readonly nextRun?: string;
  readonly lastRun?: string;
};

/** So many runs, as far as they were counted. */
export interface Counted {
  readonly count: number;
  readonly isMore: boolean;
}

/** A version of the code. */
export interface VersionRow {
  readonly version: string;
  readonly isCurrent: boolean;
  readonly tasks: readonly string[];
  readonly openRuns: Counted;
  readonly deadLetters: Counted;
}

/** The versions that are known; not `isComplete`: there may be others. */
export interface Versions {
  readonly data: readonly VersionRow[];
  readonly isComplete: boolean;
}

/** The secrets of the tasks, without their values; not `isComplete`: there may be older versions. */
export interface Secrets {
  readonly data: readonly { readonly name: string; readonly from: ".env" | "set" | "Secrets Manager" }[];
  readonly versions: readonly {
    readonly version: string;
    readonly isCurrent: boolean;
    readonly createdAt?: string;
  }[];
  readonly isComplete: boolean;
}

/** A token. Its address is a secret, and is not shown. */
export interface TokenRow {
  readonly id: string;
  readonly status: "WAITING" | "COMPLETED" | "TIMED_OUT";
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly timeoutAt?: string;
  readonly completedAt?: string;
}

/** Where providers send to. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly provider: string;
  readonly tasks: readonly string[];
  /** The setting that its secret stands in. */
  readonly setting?: string;
  readonly hasSecret: boolean;
}

/** What became of a delivery. */
export interface DeliveryRow {
  readonly at: string;
  readonly endpoint: string;
  readonly isKnown: boolean;
  readonly outcome: "accepted" | "repeated" | "filtered" | "greeting" | "refused";
  readonly runs: readonly {
    readonly id: string;
    readonly taskIdentifier: string;
    readonly isCached: boolean;
  }[];
  readonly waiters: number;
  readonly why?: { readonly code: string; readonly message: string };
}

/** A page of a list. */
export interface Page<T, Cursor = string> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: Cursor };
}

/** Deliveries; where they were found in CloudWatch, the group, and a query that finds them there. */
export type DeliveryPage = Page<DeliveryRow, number | string> & Partial<Place>;

/** A page of a list that counts its pages. */
export interface NumberedPage<T> {
  readonly data: readonly T[];
  readonly pagination: { readonly currentPage: number; readonly totalPages: number };
}

const runPath = (id: string): string => encodeURIComponent(id);

const queuePath = (id: string): string => `/api/v1/queues/${encodeURIComponent(id)}`;
const schedulePath = (id: string): string => `/api/v1/schedules/${encodeURIComponent(id)}`;
const tokensPath = "/api/v1/waitpoints/tokens";

/** Lines that are shown at a time. */
const linesPerPage = 200;

/** The calls that the pages make. */
export const api = {
  tasks: (signal?: AbortSignal) => call<Page<TaskRow>>("GET", "/api/v1/tasks", undefined, signal),
  runs: (query: URLSearchParams, signal: AbortSignal) =>
    call<Page<RunRow>>("GET", `/api/v1/runs?${query}`, undefined, signal),
  run: (id: string, signal: AbortSignal) =>
    call<RunDetails>("GET", `/api/v3/runs/${runPath(id)}`, undefined, signal),
  /** The tree's first entries, `pages` pages of it; those behind the pages of `seen`, if that is given. */
  async tree(id: string, pages: number, signal: AbortSignal, seen?: TreeSeen): Promise<TreeSeen> {
    const entries = [...(seen?.entries ?? [])];
    for (let page = (seen?.pages ?? 0) + 1, after = seen?.next ?? 0; ; page++) {
      const path = `/api/v1/runs/${runPath(id)}/checkpoints?limit=1000&after=${after}`;
      const { data, pagination, run } = await call<TreePage>("GET", path, undefined, signal);
      entries.push(...data);
      const { next } = pagination;
      if (next === undefined || page >= pages)
        return {
          ...{ entries, pages: page, cost: run.cost },
          ...(run.awaits === undefined ? {} : { awaits: run.awaits }),
          ...(next === undefined ? {} : { next }),
        };
      after = next;
    }
  },
  /** A page of the run's lines. */
  lines(id: string, after: number | string | undefined, signal: AbortSignal) {
    const behind = after === undefined ? "" : `&after=${encodeURIComponent(after)}`;
    const path = `/api/v1/runs/${runPath(id)}/logs?limit=${linesPerPage}${behind}`;
    return call<LogPage>("GET", path, undefined, signal);
  },
  trigger: (task: string, body: { readonly payload?: unknown; readonly options: object }) =>
    call<{ readonly id: string; readonly isCached: boolean }>(
      "POST",
      `/api/v1/tasks/${encodeURIComponent(task)}/trigger`,
      body,
    ),
  cancel: (id: string) => call<unknown>("POST", `/api/v2/runs/${runPath(id)}/cancel`),
  resume: (id: string, how: Resuming) => call<unknown>("POST", `/api/v1/runs/${runPath(id)}/resume`, how),
  plan: (id: string, how: Resuming, signal: AbortSignal) =>
    call<ResumePlan>("POST", `/api/v1/runs/${runPath(id)}/resume/plan`, how, signal),
  fork: (id: string, from: string) =>
    call<{ readonly id: string }>("POST", `/api/v1/runs/${runPath(id)}/fork`, { from }),
  versions: (signal: AbortSignal) => call<Versions>("GET", "/api/v1/versions", undefined, signal),
  secrets: (signal: AbortSignal) => call<Secrets>("GET", "/api/v1/secrets", undefined, signal),
  endpoints: (signal: AbortSignal) =>
    call<{ readonly data: readonly Endpoint[] }>("GET", "/api/v1/webhooks/endpoints", undefined, signal),
  deliveries: (query: URLSearchParams, signal: AbortSignal) =>
    call<DeliveryPage>("GET", `/api/v1/webhooks/deliveries?${query}`, undefined, signal).catch(elsewhere),
  queues: (page: number, signal: AbortSignal) =>
    call<NumberedPage<QueueRow>>("GET", `/api/v1/queues?page=${page}`, undefined, signal),
  pauseQueue: (id: string, action: "pause" | "resume") =>
    call<unknown>("POST", `${queuePath(id)}/pause`, { action }),
  limitQueue: (id: string, concurrencyLimit: number) =>
    call<unknown>("POST", `${queuePath(id)}/concurrency/override`, { concurrencyLimit }),
  resetQueue: (id: string) => call<unknown>("POST", `${queuePath(id)}/concurrency/reset`, {}),
  schedules: (page: number, signal: AbortSignal) =>
    call<NumberedPage<ScheduleRow>>("GET", `/api/v1/schedules?page=${page}`, undefined, signal),
  setSchedule: (id: string, to: "activate" | "deactivate") =>
    call<unknown>("POST", `${schedulePath(id)}/${to}`),
  deleteSchedule: (id: string) => call<unknown>("DELETE", schedulePath(id)),
  tokens(after: string, signal: AbortSignal) {
    const behind = after === "" ? "" : `?after=${encodeURIComponent(after)}`;
    return call<Page<TokenRow>>("GET", `${tokensPath}${behind}`, undefined, signal);
  },
  token: (id: string, signal: AbortSignal) =>
    call<TokenRow>("GET", `${tokensPath}/${encodeURIComponent(id)}`, undefined, signal),
  completeToken: (id: string, data: { readonly value?: unknown }) =>
    call<unknown>(
      "POST",
      `${tokensPath}/${encodeURIComponent(id)}/complete`,
      "value" in data ? { data: data.value } : {},
    ),
};
