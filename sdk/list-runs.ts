/**
 * Which runs a list asks for, and how that stands in the address.
 */
export { allStatuses } from "../engine/run.ts";

import { HoldfastError } from "../engine/errors.ts";
import type { MachineName } from "../engine/machines.ts";
import type { RunStatus } from "../engine/run.ts";
import { type Place, placeOf } from "./cursor-page.ts";

/** A queue by its name, or as Trigger.dev names it. */
export type NamedQueue = string | { readonly type: "task" | "custom"; readonly name: string };

/** Which runs to list, newest first. */
export interface ListRunsParams {
  readonly status?: RunStatus | readonly RunStatus[];
  readonly taskIdentifier?: string | readonly string[];
  readonly tag?: string | readonly string[];
  /** Ids of batches: the runs that were started with them. */
  readonly batch?: string | readonly string[];
  /** Ids of schedules: the runs that they have started. */
  readonly schedule?: string | readonly string[];
  /** Versions of the code: the runs that are on them. */
  readonly version?: string | readonly string[];
  /** Machines: the runs that are on them. A run whose trigger has named none is on what its task asks for now. */
  readonly machine?: MachineName | readonly MachineName[];
  /** The id of a bulk action: the runs that it has made by a replay, or canceled. */
  readonly bulkAction?: string;
  /** Queues: names (`task/<id>` for a task's own), or `{ type, name }`. A run is put into its task's queue when it is first to be worked on. */
  readonly queue?: NamedQueue | readonly NamedQueue[];
  /** Runs that are marked as tests, or those that are not. */
  readonly isTest?: boolean;
  /**
   * A part of the run's id, of its task's id, of a tag, of its idempotency key, or of its error's name or message (unless run data are
   * encrypted). Case of a to z does not count.
   */
  readonly text?: string;
  readonly from?: Date | number;
  readonly to?: Date | number;
  /** Instead of `from`: a duration back from now, such as "1d". */
  readonly period?: string;
  /** Per page, at most 100; 25 by default. */
  readonly limit?: number;
  /** Begin behind this run's id. */
  readonly after?: string | undefined;
  /** The page that ends before this run's id, in the same order. Not beside `after`. */
  readonly before?: string | undefined;
}

const known: readonly string[] = [
  ...["status", "taskIdentifier", "tag", "batch", "schedule", "version", "queue", "machine"],
  ...["bulkAction", "isTest", "text", "from", "to", "period", "limit", "after", "before"],
];

/** A list must not show more than was asked for. @throws HoldfastError HF506 */
function checkFilters(params: ListRunsParams): void {
  const unknown = Object.entries(params).find(
    ([name, value]) => value !== undefined && !known.includes(name),
  );
  if (unknown === undefined) return;
  const fix = `Supported: ${known.join(", ")}.`;
  throw new HoldfastError("HF506", `The filter "${unknown[0]}" of a list of runs is not supported.`, fix);
}

const queueId = (queue: NamedQueue): string =>
  typeof queue === "string" ? queue : `${queue.type === "task" ? "task/" : ""}${queue.name}`;

/** The query of a page of the list. @throws HoldfastError HF506 for a filter that there is not */
export function listSearch(params: ListRunsParams, place: Place): URLSearchParams {
  checkFilters(params);
  const { status, taskIdentifier, tag, batch, schedule, version, queue, machine, ...rest } = params;
  const { bulkAction, isTest, text, from, to, period, limit } = rest;
  const { after, before } = placeOf(params, place);
  const given: readonly (readonly [string, unknown])[] = [
    ...[status ?? []].flat().map((value) => ["status", value] as const),
    ...[taskIdentifier ?? []].flat().map((value) => ["task", value] as const),
    ...[tag ?? []].flat().map((value) => ["tag", value] as const),
    ...[batch ?? []].flat().map((value) => ["batch", value] as const),
    ...[schedule ?? []].flat().map((value) => ["schedule", value] as const),
    ...[version ?? []].flat().map((value) => ["version", value] as const),
    ...[queue ?? []].flat().map((value) => ["queue", queueId(value)] as const),
    ...[machine ?? []].flat().map((value) => ["machine", value] as const),
    ["bulkAction", bulkAction],
    ["isTest", isTest],
    ["text", text],
    ["from", from === undefined ? undefined : Number(from)],
    ["to", to === undefined ? undefined : Number(to)],
    ["period", period],
    ["limit", limit],
    ["after", after],
    ["before", before],
  ];
  return new URLSearchParams(
    given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
