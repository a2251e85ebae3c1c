/**
 * The HTTP client for callers outside of runs: only `fetch` and WebCrypto, so that it works in every runtime.
 *
 * Repetition: reads, `cancelRun` and `trigger` are tried again after network errors, 408, 429 and 5xx. A `trigger` sends a
 * key of its own with each call (`x-trigger-request-idempotency-key`), from which the server makes the run's id: if the
 * answer is lost, the repeated request finds the run that the first has made, and no idempotency key of the caller's is
 * needed for that. `resumeRun` is tried again only after 429: resuming twice is two decisions.
 *
 * Owns:      the way from calls to requests and from answers to values.
 * Never:     reads the environment (config.ts does), holds state.
 * Invariant: one call of `trigger` makes at most one run.
 */
import type { ResumePlan } from "../engine/plan.ts";
import type { LogPage } from "./api-log.ts";
import { askApi, fetchLink } from "./calling.ts";
import { type Around, type CursorPagePromise, firstPage } from "./cursor-page.ts";
import type { Duration } from "./duration.ts";
import type { Erased } from "./erased.ts";
import type { ApiClientConfig, Call, CallOptions } from "./http-call.ts";
import { type ListRunsParams, listSearch } from "./list-runs.ts";
import type { RunCost } from "./run-cost.ts";
import {
  type DeadLetter,
  type Repinned,
  type RepinnedAll,
  type ResumeOptions,
  type RetrievedRun,
  type RunSummary,
  retrievedRun,
  summaryOf,
} from "./run-shape.ts";
import type { TreeEntry } from "./tree-entry.ts";
import {
  type ApiBatchItem,
  type ApiTriggerOptions,
  batchBodies,
  timeText,
  triggerBody,
} from "./trigger-body.ts";

export type { PlanRow, ResumePlan } from "../engine/plan.ts";
export type { ApiClientConfig } from "./http-call.ts";
export type { ListRunsParams } from "./list-runs.ts";

/** What a batch answers. */
interface ApiBatch {
  readonly id: string;
  readonly runCount: number;
  /** In the order of the items. */
  readonly runs: readonly (ApiTriggered & { readonly taskIdentifier: string })[];
}

/** What a trigger answers. */
interface ApiTriggered {
  readonly id: string;
  /** A run with this idempotency key was there already. */
  readonly isCached: boolean;
  /** That run had another payload, which it keeps. */
  readonly payloadChanged?: true;
  /** For a caller with a public token: lets look at the run for an hour. */
  readonly publicAccessToken?: string;
}

/** A part of a run's tree. */
interface CheckpointPage {
  readonly run: Pick<RunSummary, "id" | "status" | "waitingFor"> & { readonly cost: RunCost };
  readonly data: readonly TreeEntry[];
  /** `after` of the next part; absent at the end. */
  readonly pagination: { readonly next?: number };
}

/** A piece of what a run streams. */
export interface StreamChunk {
  readonly stream: string;
  readonly chunk: unknown;
}

/** A part of what a run has streamed. */
interface StreamPage {
  readonly data: readonly StreamChunk[];
  readonly pagination: { readonly next: string };
  /** The run has ended, and nothing comes behind this. */
  readonly isComplete: boolean;
}

/** A task of the deployed code. */
interface ApiTask {
  readonly id: string;
  readonly description?: string;
  readonly retry?: unknown;
  readonly maxDurationSeconds?: number;
  readonly file?: string;
  readonly webhook: { readonly path: string; readonly secretSetting?: string };
}

/** The calls that there are. */
export interface ApiClient {
  trigger(
    task: string,
    payload?: unknown,
    options?: ApiTriggerOptions,
    call?: CallOptions,
  ): Promise<ApiTriggered>;
  /** Starts up to 1,000 runs, of any tasks: all of them, or none, unless it takes more than one request. */
  batchTrigger(
    items: readonly ApiBatchItem[],
    call?: CallOptions & { readonly isInOrder?: boolean },
  ): Promise<ApiBatch>;
  /** `waitSeconds` (up to 25) holds the call until the run has ended. */
  retrieveRun<Output = unknown, Payload = unknown>(
    runId: string,
    call?: CallOptions & { readonly waitSeconds?: number },
  ): Promise<RetrievedRun<Output, Payload>>;
  listRuns(params?: ListRunsParams, call?: CallOptions): CursorPagePromise<RunSummary>;
  deadLetters(params?: Omit<ListRunsParams, "status">, call?: CallOptions): CursorPagePromise<DeadLetter>;
  cancelRun(runId: string, call?: CallOptions): Promise<{ readonly id: string }>;
  /** Takes ended runs away, with the runs that they have started: up to 100 by their ids, or all with a tag. */
  eraseRuns(
    which: { readonly runs: readonly string[] } | { readonly tag: string },
    call?: CallOptions,
  ): Promise<Erased>;
  /** Puts a dead letter back to work. */
  resumeRun(
    runId: string,
    options?: ResumeOptions,
    call?: CallOptions,
  ): Promise<{ readonly id: string; readonly codeVersion: string }>;
  /** Puts a run on the version of the secrets that is current now. */
  repinRun(runId: string, call?: CallOptions): Promise<Repinned>;
  /** Puts runs that are on one version of the secrets, and go on or are dead letters, on the current one; ask until there is no `next`. */
  repinRuns(
    of: { readonly secretVersion: string; readonly after?: string },
    call?: CallOptions,
  ): Promise<RepinnedAll>;
  /** What `resumeRun` would do with each record of the run; nothing is done. */
  planResume(runId: string, options?: ResumeOptions, call?: CallOptions): Promise<ResumePlan>;
  /** Starts a new run that begins with the log of another one, up to and with the checkpoint `from`. */
  forkRun(
    runId: string,
    options: { readonly from: string; readonly code?: ResumeOptions["code"] },
    call?: CallOptions,
  ): Promise<{ readonly id: string; readonly codeVersion: string; readonly forkOf: string }>;
  /** Starts a new run with the payload of another one, on the newest code. */
  replayRun(
    runId: string,
    replaced?: { readonly payload?: unknown; readonly options?: ApiTriggerOptions },
    call?: CallOptions,
  ): Promise<{ readonly id: string }>;
  /** Puts the start of a delayed run to another time. */
  rescheduleRun(runId: string, delay: Duration | Date, call?: CallOptions): Promise<RetrievedRun>;
  checkpoints(
    runId: string,
    params?: { readonly after?: number; readonly limit?: number },
    call?: CallOptions,
  ): Promise<CheckpointPage>;
  logs(
    runId: string,
    params?: { readonly after?: number | string; readonly limit?: number; readonly attempt?: number },
    call?: CallOptions,
  ): Promise<LogPage>;
  /** `waitSeconds` (up to 25) holds the call until there are chunks behind `after`. */
  streamChunks(
    runId: string,
    params?: {
      readonly stream?: string | undefined;
      readonly after?: string | undefined;
      readonly waitSeconds?: number;
    },
    call?: CallOptions,
  ): Promise<StreamPage>;
  tasks(call?: CallOptions): Promise<{ readonly version: string; readonly data: readonly ApiTask[] }>;
}

/** The parameters that have a value. */
const queryFrom = (params: Readonly<Record<string, number | string | undefined>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );

const pathOf = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join("/")}`;

/** Its time, by which the server puts together what comes together, and chance; `randomUUID` is only on pages served by HTTPS. */
function requestKey(): string {
  const time = Date.now().toString(36).padStart(9, "0");
  const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
  return `${time}-${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Makes a client.
 *
 * @example
 * ```ts
 * const client = apiClient({ baseUrl: "https://tasks.example.com", secretKey });
 * const { id } = await client.trigger("order", { orderId: 7 });
 * const run = await client.retrieveRun(id, { waitSeconds: 25 });
 * for await (const each of client.listRuns({ status: "FAILED" })) console.log(each.id);
 * ```
 */
export function apiClient(config: ApiClientConfig): ApiClient {
  const ask = <T>(call: Call): Promise<T> => askApi<T>(config, call);

  function list<T extends RunSummary>(
    path: string,
    params: ListRunsParams,
    call: CallOptions,
  ): CursorPagePromise<T> {
    return firstPage<T>(async (place) => {
      const query = listSearch(params, place);
      const { data, pagination } = await ask<{
        data: Record<string, unknown>[];
        pagination: Around;
      }>({
        ...call,
        method: "GET",
        path,
        query,
      });
      return { data: data.map((raw) => summaryOf<T>(raw)), pagination };
    });
  }

  return {
    async trigger(task, payload, options, call = {}) {
      const body = JSON.stringify(await triggerBody(payload, options));
      const headers = { "x-trigger-request-idempotency-key": requestKey() };
      const path = pathOf("api", "v1", "tasks", task, "trigger");
      return ask({ ...call, method: "POST", path, body, headers });
    },
    async batchTrigger(items, { isInOrder = false, ...call } = {}) {
      const bodies = await batchBodies(items, isInOrder);
      const headers = { "x-trigger-request-idempotency-key": requestKey() };
      const parts: ApiBatch[] = [];
      // One after the other: under the same key all of them are one batch.
      for (const body of bodies)
        parts.push(await ask({ ...call, method: "POST", path: "/api/v2/tasks/batch", body, headers }));
      const runs = parts.flatMap((part) => part.runs);
      return { id: parts[0]?.id ?? "", runCount: runs.length, runs };
    },
    async retrieveRun(runId, { waitSeconds = 0, ...call } = {}) {
      const query = new URLSearchParams(waitSeconds > 0 ? { wait: String(Math.floor(waitSeconds)) } : {});
      const waitMs = waitSeconds * 1_000;
      const path = pathOf("api", "v3", "runs", runId);
      const raw = await ask<Record<string, unknown>>({ ...call, method: "GET", path, query, waitMs });
      return retrievedRun(raw, (link) => fetchLink(config, link, call));
    },
    listRuns: (params = {}, call = {}) => list("/api/v1/runs", params, call),
    deadLetters: (params = {}, call = {}) => list("/api/v1/dead-letters", params, call),
    cancelRun: (runId, call = {}) =>
      ask({ ...call, method: "POST", path: pathOf("api", "v2", "runs", runId, "cancel") }),
    eraseRuns: (which, call = {}) =>
      ask({ ...call, method: "POST", path: "/api/v1/runs/erase", body: JSON.stringify(which) }),
    resumeRun: (runId, options = {}, call = {}) => {
      const path = pathOf("api", "v1", "runs", runId, "resume");
      return ask({ ...call, method: "POST", path, body: JSON.stringify(options), once: true });
    },
    forkRun: (runId, options, call = {}) => {
      const path = pathOf("api", "v1", "runs", runId, "fork");
      return ask({ ...call, method: "POST", path, body: JSON.stringify(options), once: true });
    },
    repinRun: (runId, call = {}) =>
      ask({ ...call, method: "POST", path: pathOf("api", "v1", "runs", runId, "repin"), body: "{}" }),
    repinRuns: (of, call = {}) =>
      ask({ ...call, method: "POST", path: "/api/v1/runs/repin", body: JSON.stringify(of) }),
    planResume: (runId, options = {}, call = {}) => {
      const path = pathOf("api", "v1", "runs", runId, "resume", "plan");
      return ask({ ...call, method: "POST", path, body: JSON.stringify(options) });
    },
    async replayRun(runId, replaced = {}, call = {}) {
      const { payload, options } = replaced;
      const { payload: given, ...rest } = (await triggerBody(payload, options)) as { payload?: unknown };
      const body = JSON.stringify("payload" in replaced ? { payload: given ?? null, ...rest } : rest);
      const path = pathOf("api", "v1", "runs", runId, "replay");
      return ask({ ...call, method: "POST", path, body, once: true });
    },
    async rescheduleRun(runId, delay, call = {}) {
      const path = pathOf("api", "v1", "runs", runId, "reschedule");
      const body = JSON.stringify({ delay: timeText(delay) });
      const raw = await ask<Record<string, unknown>>({ ...call, method: "POST", path, body });
      return retrievedRun(raw, (link) => fetchLink(config, link, call));
    },
    checkpoints: (runId, { after, limit } = {}, call = {}) => {
      const query = queryFrom({ after, limit });
      return ask({ ...call, method: "GET", path: pathOf("api", "v1", "runs", runId, "checkpoints"), query });
    },
    logs: (runId, { after, limit, attempt } = {}, call = {}) => {
      const query = queryFrom({ after, limit, attempt });
      return ask({ ...call, method: "GET", path: pathOf("api", "v1", "runs", runId, "logs"), query });
    },
    streamChunks: (runId, { stream, after, waitSeconds = 0 } = {}, call = {}) => {
      const query = queryFrom({ stream, after, wait: waitSeconds });
      const path = pathOf("api", "v1", "runs", runId, "streams");
      return ask({ ...call, method: "GET", path, query, waitMs: waitSeconds * 1_000 });
    },
    tasks: (call = {}) => ask({ ...call, method: "GET", path: "/api/v1/tasks" }),
  };
}
