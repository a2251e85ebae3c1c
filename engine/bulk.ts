/**
 * Bulk actions: many runs canceled or replayed. Each is a run of a task of our own, so that it goes on after a crash, gives
 * way to others and can be canceled as any run.
 *
 * Owns:      the form of its payload, and what is done to a page of runs.
 * Invariant: a run is replayed once by an action, however often its page is made again.
 */
import { isMadeBy, replayId } from "./bulk-runs.ts";
import { decode } from "./codec.ts";
import { type StartRequest, textOf } from "./new-run.ts";
import type { Ports, RunQuery } from "./ports.ts";
import { isFinished, type Run, type Stored } from "./run.ts";
import { cancelRun, startRun } from "./start.ts";
import { hiddenTasks } from "./token-task.ts";

/** What a bulk action is to do. */
export interface BulkPayload {
  readonly action: "cancel" | "replay";
  readonly name?: string;
  readonly runIds?: readonly string[];
  readonly filter?: Omit<RunQuery, "limit" | "after" | "before">;
}

/** How far a bulk action has come. A run that there is not, or that had ended before it was canceled, is a failure. */
export interface BulkCounts {
  readonly success: number;
  readonly failure: number;
}

/** Runs of a page. */
const pageSize = 100;
/** Runs of a page that are worked on at once. */
const atOnce = 10;

/** Does the work on the runs behind `after`; `next`: where to go on. */
export async function bulkPage(
  ports: Ports,
  action: Run,
  payload: BulkPayload,
  after: string | undefined,
): Promise<BulkCounts & { readonly next?: string }> {
  const { ids, next } = await pageOf(ports, action, payload, after);
  let success = 0;
  for (let at = 0; at < ids.length; at += atOnce) {
    const done = await Promise.all(
      ids.slice(at, at + atOnce).map((id) => workOn(ports, action, payload.action, id)),
    );
    success += done.filter(Boolean).length;
  }
  const counts = { success, failure: ids.length - success };
  return next === undefined ? counts : { ...counts, next };
}

/** Where to go on, also when the run at that place has been erased. Actions of before wrote its id alone. */
function placeOf(next: string): Pick<RunQuery, "after" | "afterAt"> {
  const [at, id] = next.split(" ");
  return id === undefined ? { after: next } : { after: id, afterAt: Number(at) };
}

async function pageOf(
  { store }: Ports,
  action: Run,
  { runIds, filter }: BulkPayload,
  after: string | undefined,
): Promise<{ readonly ids: readonly string[]; readonly next?: string | undefined }> {
  if (runIds !== undefined) {
    const from = Number(after ?? 0);
    const to = from + pageSize;
    return { ids: runIds.slice(from, to), next: to < runIds.length ? String(to) : undefined };
  }
  const place = after === undefined ? {} : placeOf(after);
  for (;;) {
    const { runs, next } = await store.list({ ...filter, limit: pageSize, ...place });
    const ids = runs.filter((run) => !isMadeBy(action.id, run)).map(({ id }) => id);
    if (next === undefined) return { ids };
    const last = runs.find(({ id }) => id === next) ?? (await store.read(next));
    // Erased since the list was made: the next one ends elsewhere.
    if (last !== undefined) return { ids, next: `${last.createdAt} ${next}` };
  }
}

async function workOn(ports: Ports, action: Run, what: BulkPayload["action"], id: string): Promise<boolean> {
  const run = await ports.store.read(id);
  if (run === undefined || hiddenTasks.includes(run.task)) return false;
  if (what === "cancel") {
    if (isFinished(run.status)) return false;
    await cancelRun(ports, id, action.id);
    return true;
  }
  const { codeVersion } = action;
  await startRun(ports, { ...(await replayOf(ports, run)), id: replayId(action.id, id), codeVersion });
  return true;
}

/** A new run with all that a run was started with. */
export async function replayOf(ports: Ports, run: Run): Promise<Omit<StartRequest, "codeVersion">> {
  const value = async (stored: Stored): Promise<unknown> => decode(await textOf(ports, stored));
  return {
    tags: run.tags,
    ...(run.metadata === undefined ? {} : { metadata: await value(run.metadata) }),
    ...(run.queue === undefined ? {} : { queue: run.queue }),
    ...(run.concurrency === undefined ? {} : { concurrency: run.concurrency }),
    ...(run.concurrencyKey === undefined ? {} : { concurrencyKey: run.concurrencyKey }),
    payload: await value(run.payload),
    task: run.task,
    source: "api",
    replayOf: run.id,
  };
}
