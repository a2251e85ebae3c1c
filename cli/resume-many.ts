/**
 * Which dead letters a resume is about, what it would do with each, and the doing: a few at a time, each by a request of its own,
 * so that thousands of runs take no long one.
 */
import type { ApiClient, ResumePlan } from "../sdk/client.ts";
import type { ResumeOptions } from "../sdk/run-shape.ts";
import { isClear, type PlannedRun } from "./resume-plans.ts";

/** Dead letters to look for. */
export interface Wanted {
  readonly task?: readonly string[];
  readonly status?: readonly string[];
  /** A part of the error's name and message. */
  readonly error?: string;
  /** A duration back from now. */
  readonly since?: string;
}

/** Told how far it is. */
export type Progress = (done: number, of: number | undefined) => void;

const pageSize = 100;
const atATime = 4;

/** The ids of the dead letters that are wanted, the oldest first: they have waited longest. */
export async function idsOf(client: ApiClient, wanted: Wanted, progress: Progress): Promise<string[]> {
  const { task, status, error, since } = wanted;
  const params = {
    limit: pageSize,
    ...(task === undefined ? {} : { taskIdentifier: task }),
    ...(since === undefined ? {} : { period: since }),
  };
  const ids: string[] = [];
  for await (const run of client.deadLetters(params)) {
    const told = run.error === undefined ? "" : `${run.error.name}: ${run.error.message}`;
    const isWanted = (status?.includes(run.status) ?? true) && told.includes(error ?? "");
    if (isWanted) ids.push(run.id);
    progress(ids.length, undefined);
  }
  return ids.reverse();
}

/** What was said of checkpoints, as far as this run has them. */
function ofThisRun(options: Required<ResumeOptions>, plan: ResumePlan): Required<ResumeOptions> {
  const keys = new Set(plan.rows.map(({ key }) => key));
  const has = (key: string): boolean => keys.has(key);
  return { ...options, redo: options.redo.filter(has), keep: options.keep.filter(has) };
}

/** A run, its plan, and what is said when it is resumed. */
export interface ToResume extends PlannedRun {
  readonly options: Required<ResumeOptions>;
}

async function planned(
  client: ApiClient,
  runId: string,
  options: Required<ResumeOptions>,
  isAlone: boolean,
): Promise<ToResume> {
  try {
    if (isAlone) return { runId, options, plan: await client.planResume(runId, options) };
    const plan = await client.planResume(runId, { ...options, redo: [], keep: [] });
    const own = ofThisRun(options, plan);
    const isSaid = own.redo.length + own.keep.length > 0;
    return { runId, options: own, plan: isSaid ? await client.planResume(runId, own) : plan };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    // One of many that is no dead letter any more is no reason to leave the others.
    if (code !== "HF228" && (isAlone || (code !== "HF209" && code !== "HF208"))) throw error;
    return { runId, options, without: (error as Error).message };
  }
}

/** Calls `work` for each, a few at a time. */
async function each<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  progress: Progress,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as T);
      progress(++done, items.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
  return results;
}

/** The plans of these runs, in their order. */
export function plansOf(
  client: ApiClient,
  ids: readonly string[],
  options: Required<ResumeOptions>,
  progress: Progress,
): Promise<ToResume[]> {
  return each(ids, (runId) => planned(client, runId, options, ids.length === 1), progress);
}

/** What became of a run that was to be resumed. */
export interface Resumed {
  readonly id: string;
  readonly codeVersion?: string;
  /** Why it was not: it has to be asked about, or the server has refused. */
  readonly not?: string;
}

/** Resumes those about which nothing has to be asked. */
export function resumeAll(
  client: ApiClient,
  all: readonly ToResume[],
  progress: Progress,
): Promise<Resumed[]> {
  return each(
    all,
    async (one): Promise<Resumed> => {
      if (!isClear(one)) return { id: one.runId, not: "It has to be asked about." };
      try {
        return await client.resumeRun(one.runId, one.options);
      } catch (error) {
        if (all.length === 1) throw error;
        return { id: one.runId, not: (error as Error).message };
      }
    },
    progress,
  );
}
