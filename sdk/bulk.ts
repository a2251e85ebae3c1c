/**
 * Bulk actions from outside a run: over HTTP, with the configured key.
 */
import type { MachineName } from "../engine/machines.ts";
import type { RunStatus } from "../engine/run.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { type Around, type CursorPagePromise, placeOf, recordedList } from "./cursor-page.ts";
import type { Call } from "./http-call.ts";
import type { NamedQueue } from "./list-runs.ts";

/** Which runs: at least one field; all that are given have to fit. */
export interface BulkFilter {
  readonly status?: RunStatus | readonly RunStatus[];
  readonly taskIdentifier?: string | readonly string[];
  readonly tag?: string | readonly string[];
  readonly batch?: string;
  readonly schedule?: string;
  readonly version?: string | readonly string[];
  readonly queue?: NamedQueue | readonly NamedQueue[];
  readonly machine?: MachineName | readonly MachineName[];
  /** The runs that another action has made, or canceled. */
  readonly bulkAction?: string;
  readonly isTest?: boolean;
  /** Created at or after: a date, or Unix milliseconds. */
  readonly from?: Date | number;
  /** Created at or before; never later than the action. */
  readonly to?: Date | number;
  /** Created within this time before the action: `"1d"`. Not beside `from`. */
  readonly period?: string;
}

/** What to do it to: runs that fit, or up to 10,000 by their ids. */
export type BulkActionOptions =
  | { readonly filter: BulkFilter; readonly runIds?: never; readonly name?: string }
  | { readonly runIds: readonly string[]; readonly filter?: never; readonly name?: string };

/** A bulk action as it is now. */
export interface BulkAction {
  readonly id: string;
  readonly name?: string;
  readonly type: "CANCEL" | "REPLAY";
  readonly status: "PENDING" | "COMPLETED" | "ABORTED";
  /** `total`: of a filter, the runs so far. `failure`: not there, or ended before they were canceled. */
  readonly counts: { readonly total: number; readonly success: number; readonly failure: number };
  readonly createdAt: Date;
  readonly completedAt?: Date;
}

type Raw = Omit<BulkAction, "createdAt" | "completedAt"> & { createdAt: string; completedAt?: string };

const path = "/api/v1/bulk-actions";
const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;
const ask = <T>(call: Call): Promise<T> => askApi<T>(clientConfig(), call);

const actionOf = ({ createdAt, completedAt, ...rest }: Raw): BulkAction => ({
  ...rest,
  createdAt: new Date(createdAt),
  ...(completedAt === undefined ? {} : { completedAt: new Date(completedAt) }),
});

/** A repetition would begin a second one: only what was refused before anything was done is sent again. */
const begin = (action: "cancel" | "replay", options: BulkActionOptions): Promise<{ readonly id: string }> =>
  ask({ method: "POST", path, body: JSON.stringify({ action, ...options }), once: true });

async function retrieve(id: string): Promise<BulkAction> {
  return actionOf(await ask<Raw>({ method: "GET", path: pathOf(id) }));
}

/** Which page of the actions on many runs. */
type ListActionsParams = {
  /** Per page, at most 100; 25 by default. */
  readonly limit?: number;
  /** Begin behind this action's id. */
  readonly after?: string;
  /** The page that ends before this action's id. Not beside `after`. */
  readonly before?: string;
};

const listed = recordedList<ListActionsParams, BulkAction>("bulk actions", async (asked, place) => {
  const { after, before } = placeOf(asked, place);
  const given = Object.entries({ limit: asked.limit, after, before });
  const query = new URLSearchParams(
    given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const { data, pagination } = await ask<{ data: Raw[]; pagination: Around }>({
    method: "GET",
    path,
    query,
  });
  return { data: data.map(actionOf), pagination };
});

/** Many runs at once; the work is done in the background, page by page, and survives crashes. */
export const bulk = {
  /** Cancels runs. @throws UnprocessableEntityError for a selection that is not valid */
  cancel: (options: BulkActionOptions): Promise<{ readonly id: string }> => begin("cancel", options),
  /** Replays runs, each once, on the code that is the newest now. @throws UnprocessableEntityError */
  replay: (options: BulkActionOptions): Promise<{ readonly id: string }> => begin("replay", options),
  /** An action as it is now. @throws NotFoundError */
  retrieve,
  /** Ends an action; what it has done stays done. @throws NotFoundError */
  abort: (id: string): Promise<{ readonly id: string }> =>
    ask({ method: "POST", path: `${pathOf(id)}/abort` }),
  /** Actions, newest first: await one page, or go through all with `for await`. */
  list: (params: ListActionsParams = {}): CursorPagePromise<BulkAction> => listed(params),
  /** Looks until an action has ended, every `pollIntervalMs` (1,000). */
  poll: async (
    id: string,
    { pollIntervalMs = 1_000 }: { readonly pollIntervalMs?: number } = {},
  ): Promise<BulkAction> => {
    for (;;) {
      const action = await retrieve(id);
      if (action.status !== "PENDING") return action;
      await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
    }
  },
};
