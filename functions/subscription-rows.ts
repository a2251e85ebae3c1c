/**
 * Runs as rows of the shape that Trigger.dev's `runs.subscribeTo…` follow: its own names of statuses and fields, times without a
 * zone, values as JSON text.
 */
import { createHash } from "node:crypto";
import type { Run, RunStatus } from "../engine/run.ts";
import { ttlShown, type Values } from "./run-view.ts";

/** Where its rows say it otherwise. */
const statusNames: Partial<Record<RunStatus, string>> = {
  QUEUED: "PENDING",
  WAITING: "WAITING_TO_RESUME",
  COMPLETED: "COMPLETED_SUCCESSFULLY",
  FAILED: "COMPLETED_WITH_ERRORS",
};

const time = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString().slice(0, -1);

function errorOf({ error }: Run): object | null {
  if (error === undefined) return null;
  const { name, message, stack: stackTrace = "" } = error;
  return { type: "BUILT_IN_ERROR", name, message, stackTrace };
}

/** The values of a run as JSON texts, without the columns of `skip`. What is too large for the answer is left out. */
async function valuesOf(run: Run, values: Values, skip: ReadonlySet<string>): Promise<object> {
  const stored = { payload: run.payload, output: run.output, metadata: run.changedMetadata ?? run.metadata };
  const found: Record<string, string | null> = {};
  for (const name of ["payload", "output", "metadata"] as const) {
    const value = stored[name];
    const shown = value === undefined || skip.has(name) ? {} : await values.shown(name, value);
    const text = JSON.stringify(shown[name]) as string | undefined;
    found[name] = text ?? null;
    found[`${name}Type`] = text === undefined ? null : "application/json";
  }
  return found;
}

/** A run as a row. */
export async function rowOf(run: Run, values: Values, skip: ReadonlySet<string>): Promise<object> {
  return {
    id: run.id,
    friendlyId: run.id,
    taskIdentifier: run.task,
    status: statusNames[run.status] ?? run.status,
    createdAt: time(run.createdAt),
    updatedAt: time(run.updatedAt),
    startedAt: time(run.startedAt),
    delayUntil: time(run.delayedUntil),
    queuedAt: null,
    expiredAt: run.status === "EXPIRED" ? time(run.finishedAt) : null,
    completedAt: time(run.finishedAt),
    idempotencyKey: run.idempotencyKey ?? null,
    isTest: run.isTest === true,
    usageDurationMs: run.activeMs,
    costInCents: 0,
    baseCostInCents: 0,
    ttl: ttlShown(run) ?? null,
    runTags: run.tags,
    error: errorOf(run),
    realtimeStreams: run.streams ?? [],
    ...(await valuesOf(run, values, skip)),
  };
}

/** How far a subscriber has come: the last change of the runs that it follows, and a mark of how they all were then. */
interface Seen {
  readonly at: number;
  readonly mark: number;
}

/** What the runs are now, in one word: another one where any of them has changed. */
export function seenOf(runs: readonly Run[]): Seen {
  const at = Math.max(0, ...runs.map(({ updatedAt }) => updatedAt));
  const brief = ({ id, updatedAt, status, epoch }: Run): string => `${id} ${updatedAt} ${status} ${epoch}`;
  // Two changes may fall into one millisecond.
  const heads = runs.map((run) => (run.updatedAt === at ? JSON.stringify(run) : brief(run))).sort();
  return {
    at,
    mark: createHash("sha256").update(heads.join("\n")).digest().readUInt32BE(0),
  };
}

/** Those that may have changed since. `skewMs`: so far the clocks of who writes may lie apart. */
export const changedSince = (runs: readonly Run[], seen: Seen, skewMs: number): Run[] =>
  runs.filter(({ updatedAt }) => updatedAt >= seen.at - skewMs);
