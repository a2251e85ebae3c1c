/**
 * Erasing of ended runs: those that were kept long enough, and those that somebody names.
 *
 * Owns:      which runs go together: an ended run and those that it has started, as far as they have ended.
 * Invariant: runs are taken in a walk that begins with the newest; the next page is asked for before one is erased.
 */
import { childIdOf } from "../engine/children.ts";
import { type Erased, type ErasurePorts, eraseIfEnded, type GoesOn } from "../engine/erasure.ts";
import type { JournalEntry, RunQuery } from "../engine/ports.ts";
import { fromText } from "../engine/record.ts";
import type { Retention } from "../engine/retention.ts";
import { allStatuses, isFinished, type Run } from "../engine/run.ts";
import { hiddenTasks } from "../engine/token-task.ts";

/** What it takes: the store, where large values are, and, where they are kept here, the lines of runs. */
export interface Eraser extends ErasurePorts {
  readonly logs?: { erase(runId: string): void };
}

/** What became of runs that were to be erased. */
export interface ErasedRuns {
  readonly erased: string[];
  /** Of these, nothing was taken away: they are open, or have ended a moment ago. */
  readonly kept: string[];
  /** There was no time for all of them: ask again for those that are in neither list. */
  more?: true;
}

const ended = allStatuses.filter(isFinished);
const pageSize = 100;

/** Erases one run, if it has ended; its children stay. */
export async function eraseRun(eraser: Eraser, run: Run, goesOn: GoesOn): Promise<Erased> {
  const done = await eraseIfEnded(eraser, run, goesOn);
  if (done === "erased") eraser.logs?.erase(run.id);
  return done;
}

/** Ids of the runs that a record tells of: they follow from the run's and the key. */
function startedBy(runId: string, { data }: JournalEntry): string[] {
  const record = fromText(data);
  if (record.kind === "children") return record.keys.map((key) => childIdOf(runId, key));
  const starts = record.kind === "result" && (record.sort === "child" || record.sort === "trigger");
  return starts ? [childIdOf(runId, record.key, record.gen)] : [];
}

/** The runs that a run has started, as far as its journal tells and they are there. */
async function childrenOf({ store }: Eraser, run: Run): Promise<Run[]> {
  const ids = new Set<string>();
  for (let after = 0, more = true; more; ) {
    const page = await store.journal(run.id, after);
    for (const id of page.entries.flatMap((entry) => startedBy(run.id, entry))) ids.add(id);
    after = page.entries.at(-1)?.number ?? after;
    more = page.more && page.entries.length > 0;
  }
  const found = await Promise.all([...ids].map((id) => store.read(id)));
  return found.flatMap((child) => (child === undefined ? [] : [child]));
}

/**
 * Erases a run that has ended, with the runs that it has started: those first, so that a crash, or the end of the time,
 * leaves the way to them.
 */
export async function eraseWithChildren(
  eraser: Eraser,
  run: Run,
  done: ErasedRuns,
  goesOn: GoesOn = () => true,
): Promise<void> {
  if (!isFinished(run.status)) return void done.kept.push(run.id);
  for (const child of await childrenOf(eraser, run)) await eraseWithChildren(eraser, child, done, goesOn);
  const came = done.more === true || !goesOn() ? "more" : await eraseRun(eraser, run, goesOn);
  if (came === "more") done.more = true;
  else (came === "erased" ? done.erased : done.kept).push(run.id);
}

/** Pages of a list, each asked for before the one in front of it is handed out. */
async function* pages(
  { store }: Eraser,
  query: Omit<RunQuery, "limit" | "after">,
): AsyncGenerator<readonly Run[]> {
  const ask = (after?: string) =>
    store.list({ ...query, limit: pageSize, ...(after === undefined ? {} : { after }) });
  for (let page = await ask(); ; ) {
    const { runs, next } = page;
    if (next !== undefined) page = await ask(next);
    yield runs;
    if (next === undefined) return;
  }
}

/** Erases the ended runs with a tag, and the runs that they have started. */
export async function eraseTagged(
  eraser: Eraser,
  tag: string,
  goesOn: GoesOn = () => true,
): Promise<ErasedRuns> {
  const done: ErasedRuns = { erased: [], kept: [] };
  for await (const runs of pages(eraser, { tag: [tag] })) {
    for (const { id } of runs) {
      if (done.more === true) return done;
      const run = await eraser.store.read(id);
      if (run !== undefined) await eraseWithChildren(eraser, run, done, goesOn);
    }
  }
  return done;
}

/** Everything that has ended: runs, then tokens. A run ends after it was created: what is newer is left out. */
async function* endedBefore(eraser: Eraser, before: number): AsyncGenerator<Run> {
  const query = { status: ended, to: before };
  for (const each of [query, { ...query, task: hiddenTasks }])
    for await (const runs of pages(eraser, each)) yield* runs;
}

/** Has this run been kept for as long as the rules say? */
export const isOld = (run: Run, retention: Retention, now: number): boolean =>
  isFinished(run.status) && (run.finishedAt ?? run.updatedAt) + retention.keptMs(run) < now;

/** Erases every run, and every token, that was kept long enough; gives how many. `goesOn`: asked before each of them. */
export async function eraseOld(
  eraser: Eraser,
  retention: Retention,
  now: number,
  goesOn: GoesOn,
): Promise<number> {
  let count = 0;
  if (retention.leastMs === Number.POSITIVE_INFINITY) return count;
  for await (const run of endedBefore(eraser, now - retention.leastMs)) {
    if (!goesOn()) break;
    if (isOld(run, retention, now) && (await eraseRun(eraser, run, goesOn)) === "erased") count += 1;
  }
  return count;
}
