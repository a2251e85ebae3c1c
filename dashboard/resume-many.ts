/**
 * Dead letters put back to work together: which they are, what resuming each would do, in groups of the same kind, and the doing.
 *
 * Owns:      what makes two plans the same kind, as `holdfast resume` has it: the same calls are made, asked about or not known; how
 *            many are reused does not count.
 * Invariant: a run about which something has to be decided is never resumed from here: that is asked on its own page.
 */
import type { PlanRow, ResumePlan } from "../engine/plan.ts";
import { api, type Resuming } from "./api.ts";
import { Problem } from "./call.ts";

/** A run, and what resuming it would do; `without`: why nobody can say. */
export interface Planned {
  readonly id: string;
  readonly plan?: ResumePlan;
  readonly without?: string;
}

/** Runs whose plans are of one kind. */
export interface PlanGroup {
  readonly kind: string;
  readonly runs: readonly string[];
  /** Nothing has to be decided, and somebody has looked ahead, or nobody can. */
  readonly isClear: boolean;
  readonly plan?: ResumePlan;
  readonly without?: string;
}

/** So many are looked at together: the others come after them. */
export const runsMost = 1_000;
const atATime = 4;
const pageSize = "100";

const placeOf = ({ file, line }: PlanRow): string => (file === "" ? "" : `${file}:${line}`);

function kindOf({ plan, without }: Planned): string {
  if (plan === undefined) return `without ${without}`;
  const { task, rows, ends, stopped, codeVersion } = plan;
  const seen = rows
    .filter(({ what }) => what !== "reused")
    .map((row) => `${row.what} ${row.name} ${placeOf(row)}`);
  return JSON.stringify([task, codeVersion, [...new Set(seen)].sort(), ends, stopped]);
}

/** The groups, the largest first. */
export function groupsOf(all: readonly Planned[]): PlanGroup[] {
  const groups = new Map<string, Planned[]>();
  for (const each of all) {
    const kind = kindOf(each);
    groups.set(kind, [...(groups.get(kind) ?? []), each]);
  }
  const made = [...groups].map(([kind, group]): PlanGroup => {
    const { plan, without } = group[0] as Planned;
    const runs = group.map(({ id }) => id);
    if (plan === undefined) return { kind, runs, isClear: true, ...(without !== undefined && { without }) };
    return { kind, runs, isClear: plan.counts.conflict === 0, plan };
  });
  return made.sort((a, b) => b.runs.length - a.runs.length);
}

/** Told how far it is. */
export type Progress = (done: number, of: number) => void;

/** Calls `work` for each, a few at a time, until `signal` aborts. */
async function each<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length && !signal.aborted; at = next++) {
      results[at] = await work(items[at] as T);
      progress(++done, items.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
  return results;
}

/** The runs that fit the filters, the oldest first: they have waited longest. `more`: there are others behind the newest thousand. */
export async function lettersOf(
  filters: URLSearchParams,
  signal: AbortSignal,
): Promise<{ readonly ids: string[]; readonly more: boolean }> {
  const ids: string[] = [];
  for (let after: string | undefined = ""; after !== undefined && ids.length < runsMost; ) {
    const place: [string, string][] = after === "" ? [] : [["after", after]];
    const page = await api.runs(new URLSearchParams([...filters, ["limit", pageSize], ...place]), signal);
    ids.push(...page.data.map(({ id }) => id));
    after = page.pagination.next;
    if (ids.length >= runsMost && after !== undefined) return { ids: ids.reverse(), more: true };
  }
  return { ids: ids.reverse(), more: false };
}

/** One of many that is no dead letter any more, or that nobody can look ahead for, is no reason to leave the others. */
const isOfOne = new Set(["HF208", "HF209", "HF228", "HF311"]);

/** What resuming each would do. @throws Problem for what is not about one run */
export function plansOf(
  ids: readonly string[],
  how: Resuming,
  around: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Planned[]> {
  const plan = async (id: string): Promise<Planned> => {
    try {
      return { id, plan: await api.plan(id, how, around.signal) };
    } catch (error) {
      if (!(error instanceof Problem) || !isOfOne.has(error.code)) throw error;
      return { id, without: error.message };
    }
  };
  return each(ids, plan, around);
}

/** Resumes runs; gives those that do not go on, with the reason. */
export async function resumeAll(
  ids: readonly string[],
  how: Resuming,
  around: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<readonly (readonly [id: string, why: string])[]> {
  const resume = async (id: string): Promise<readonly [string, string] | undefined> => {
    try {
      await api.resume(id, how);
      return undefined;
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 401) throw error;
      return [id, error.message];
    }
  };
  return (await each(ids, resume, around)).filter((left) => left !== undefined);
}
