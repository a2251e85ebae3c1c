/**
 * The HTTP API, as the page calls it. The session's cookie goes along by itself.
 *
 * Owns:      the shapes that the page reads, and errors as people read them.
 * Never:     keeps a key; it is sent once, when somebody signs in.
 */
import type { RunStatus, WaitingFor } from "../engine/run.ts";
import type { ApiLogLine } from "../sdk/api-log.ts";
import type { ErrorView, TreeEntry } from "../sdk/tree-entry.ts";

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
  readonly error?: ErrorView;
  /** The run whose log it began with, up to that record. */
  readonly forkOf?: { readonly id: string; readonly number: number };
  readonly relatedRuns: { readonly root?: RunRow; readonly parent?: RunRow };
}

/** A line that the author's code has logged. */
export type LineRow = ApiLogLine;

/** The first lines of a run; or the place where they are kept, and what finds them there. */
export type Lines =
  | { readonly lines: readonly LineRow[]; readonly more: boolean }
  | { readonly logGroup: string; readonly query: string };

/** A task of the newest code. */
export interface TaskRow {
  readonly id: string;
  readonly description?: string;
  readonly file?: string;
}

/** A page of a list. */
export interface Page<T, Cursor = string> {
  readonly data: readonly T[];
  readonly pagination: { readonly next?: Cursor };
}

/** Something that did not work: what happened, and what to do next. */
export class Problem extends Error {
  readonly code: string;
  readonly fix: string;
  readonly status: number;
  /** All that the answer says. */
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, code: string, what: string, fix: string, body = {}) {
    super(what);
    this.body = body;
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { error, code = "", fix = "" } = body;
    if (typeof error === "string") return new Problem(status, String(code), error, String(fix), body);
  } catch {
    // Not ours: a proxy's page.
  }
  return new Problem(
    status,
    "",
    `The server answered with ${status}.`,
    "Try again; look at what stands in front of it.",
  );
}

let signedOut: (problem: Problem) => void = () => {};

/** Sets who is told when a call was refused because nobody is signed in. */
export function onSignedOut(listener: (problem: Problem) => void): void {
  signedOut = listener;
}

async function send(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const init: RequestInit = {
    method,
    credentials: "same-origin",
    cache: "no-store",
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  };
  const answer = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Problem(0, "", "The server cannot be reached.", "Is it running? The page goes on asking.");
  });
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return JSON.parse(text) as unknown;
}

/** Calls the API. @throws Problem */
async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  try {
    return (await send(method, path, body, signal)) as T;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) signedOut(error);
    throw error;
  }
}

/** Signs in, with the key or a one-time token. @throws Problem */
export const signIn = async (proof: { readonly key: string } | { readonly token: string }): Promise<void> =>
  void (await send("POST", "/session", proof, undefined));

/** Signs out. @throws Problem */
export const signOut = async (): Promise<void> =>
  void (await send("DELETE", "/session", undefined, undefined));

const runPath = (id: string): string => encodeURIComponent(id);

/** Lines that are shown at a time. */
const linesPerPage = 200;

/** HF531 is an answer: the lines are kept elsewhere. */
function elsewhere(error: unknown): { readonly logGroup: string; readonly query: string } {
  if (!(error instanceof Problem) || error.code !== "HF531") throw error;
  const { logGroup, query } = error.body;
  return { logGroup: String(logGroup), query: String(query) };
}

/** The calls that the pages make. */
export const api = {
  tasks: (signal?: AbortSignal) => call<Page<TaskRow>>("GET", "/api/v1/tasks", undefined, signal),
  runs: (query: URLSearchParams, signal: AbortSignal) =>
    call<Page<RunRow>>("GET", `/api/v1/runs?${query}`, undefined, signal),
  run: (id: string, signal: AbortSignal) =>
    call<RunDetails>("GET", `/api/v3/runs/${runPath(id)}`, undefined, signal),
  /** The tree's first entries: `pages` pages of it. */
  async tree(
    id: string,
    pages: number,
    signal: AbortSignal,
  ): Promise<{ entries: TreeEntry[]; more: boolean }> {
    const entries: TreeEntry[] = [];
    let after = "";
    for (let page = 0; page < pages; page++) {
      const path = `/api/v1/runs/${runPath(id)}/checkpoints?limit=500${after}`;
      const { data, pagination } = await call<Page<TreeEntry, number>>("GET", path, undefined, signal);
      entries.push(...data);
      if (pagination.next === undefined) return { entries, more: false };
      after = `&after=${pagination.next}`;
    }
    return { entries, more: true };
  },
  /** The run's first lines: `pages` pages of them. */
  async lines(id: string, pages: number, signal: AbortSignal): Promise<Lines> {
    const lines: ApiLogLine[] = [];
    for (let page = 1, after = 0; ; page++) {
      const path = `/api/v1/runs/${runPath(id)}/logs?limit=${linesPerPage}&after=${after}`;
      const answer = await call<Page<ApiLogLine, number>>("GET", path, undefined, signal).catch(elsewhere);
      if ("query" in answer) return answer;
      lines.push(...answer.data);
      const { next } = answer.pagination;
      if (next === undefined || page >= pages) return { lines, more: next !== undefined };
      after = next;
    }
  },
  trigger: (task: string, body: { readonly payload?: unknown; readonly options: object }) =>
    call<{ readonly id: string; readonly isCached: boolean }>(
      "POST",
      `/api/v1/tasks/${encodeURIComponent(task)}/trigger`,
      body,
    ),
  cancel: (id: string) => call<unknown>("POST", `/api/v2/runs/${runPath(id)}/cancel`),
  resume: (id: string, code: "newest" | "same") =>
    call<unknown>("POST", `/api/v1/runs/${runPath(id)}/resume`, { code }),
};
