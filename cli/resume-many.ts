/**
 * Which dead letters a resume is about, what it would do with each, and the doing: a few at a time, each by a request of its own,
 * so that thousands of runs take no long one.
 */
import type { ApiClient, ResumePlan } from "../sdk/client.ts";
import { HoldfastError } from "../sdk/index.ts";
import type { ResumeOptions } from "../sdk/run-shape.ts";
import { told } from "./failure.ts";
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
    const said = run.error === undefined ? "" : `${run.error.name}: ${run.error.message}`;
    const isWanted = (status?.includes(run.status) ?? true) && said.includes(error ?? "");
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

const isAway = (error: unknown): error is Error => (error as { readonly code?: unknown }).code === "HF504";

/** HF504: the server went away while runs were resumed. */
function wentAway(cause: Error, done: number, of: number): HoldfastError {
  const what = told(cause).what.replace(/\.$/, "");
  const fix =
    "When it is back, give the same command again: it takes those that are dead letters still. What was recorded is not made again.";
  return new HoldfastError(
    "HF504",
    `${what}. ${done} of ${of} runs are resumed; of the last ${atATime} that were asked for it may not be known.`,
    fix,
    { cause },
  );
}

/**
 * Resumes those about which nothing has to be asked.
 * @throws HoldfastError HF504 where the server goes away: the rest is not asked for
 */
export async function resumeAll(
  client: ApiClient,
  all: readonly ToResume[],
  progress: Progress,
): Promise<Resumed[]> {
  let away: Error | undefined;
  let done = 0;
  const resumeOne = async (one: ToResume): Promise<Resumed> => {
    const { runId: id } = one;
    if (!isClear(one)) return { id, not: "It has to be asked about." };
    if (away !== undefined) return { id, not: away.message };
    try {
      const resumed = await client.resumeRun(id, one.options);
      done += 1;
      return resumed;
    } catch (error) {
      if (all.length === 1) throw error;
      if (isAway(error)) away ??= error;
      return { id, not: (error as Error).message };
    }
  };
  const results = await each(all, resumeOne, (count, of) => away === undefined && progress(count, of));
  if (away !== undefined) throw wentAway(away, done, all.filter(isClear).length);
  return results;
}
