/**
 * The sweep of a deployment: goes through the runs once, oldest first, erases those that were kept long enough, and finds
 * out which versions of the code nobody needs.
 *
 * Owns:      how far it goes and which versions may go: never the current one, a newer one, or one of the two before it.
 * Never:     removes a version before all runs have been looked at: one that may go on keeps the version it is pinned to.
 * Invariant: it is cut into parts. Where it stands is written down, so the next call goes on there; what was looked at
 *            twice comes to no harm.
 */

import type { GoesOn } from "../engine/erasure.ts";
import type { Clock } from "../engine/ports.ts";
import type { Retention } from "../engine/retention.ts";
import { isDeadLetter, isFinished, type Run } from "../engine/run.ts";
import { publishedVersion } from "./code-version.ts";
import { type Eraser, eraseRun, isOld } from "./erasing.ts";
import { errorFields, type Log } from "./log.ts";

/** The published versions of the code, by number. */
export interface CodeVersions {
  list(): Promise<readonly number[]>;
  /** False: something else than a run is on it. */
  remove(version: number): Promise<boolean>;
}

/** Where a sweep is written down. */
export interface Progress {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** What a sweep takes. */
export interface SweepDeps {
  readonly store: { oldestFirst(from: number, to: number): AsyncIterable<readonly Run[]> };
  readonly eraser: Eraser;
  readonly retention: Retention;
  readonly versions: CodeVersions;
  /** The number of the version that new runs are pinned to. */
  readonly current: number;
  readonly progress: Progress;
  readonly clock: Pick<Clock, "now">;
  /** Is there time for more? */
  readonly goesOn: GoesOn;
  readonly log: Pick<Log, "warn" | "error">;
}

/** What a call of it did. */
export interface Swept {
  readonly looked: number;
  readonly erased: number;
  /** Runs that could not be erased: the next sweep tries again. */
  readonly failed: number;
  readonly removed: readonly number[];
  readonly isWhole: boolean;
}

interface Standing {
  /** Runs that were created before have been looked at. */
  readonly from: number;
  /** Versions that go, unless a run is found on them. */
  readonly old: readonly number[];
}

interface Kept {
  /** The sweep that is under way. */
  readonly standing?: Standing;
  /** When the last one began. */
  readonly beganAt?: number;
}

const keptBefore = 2;
/** A look at all runs costs half a read unit for each: it is worth it once a day. */
const everyMs = 86_400_000;
/** Runs erased at once. */
const together = 10;
/** Runs that one part looks at: what it costs to do it again, and what is kept in memory. */
const partOf = 5_000;
const latest = Number.MAX_SAFE_INTEGER / 2;

/** May it be worked on again? */
const mayGoOn = ({ status }: Run): boolean => !isFinished(status) || isDeadLetter(status);

const oldOf = (versions: readonly number[], current: number): number[] =>
  versions
    .filter((version) => version < current)
    .sort((a, b) => b - a)
    .slice(keptBefore);

/** Erases the old ones of a portion; gives how many, and how many could not be. */
async function eraseIn(deps: SweepDeps, runs: readonly Run[]): Promise<{ erased: number; failed: number }> {
  const { eraser, retention, clock, goesOn, log } = deps;
  const old = runs.filter((run) => isOld(run, retention, clock.now()));
  const count = { erased: 0, failed: 0 };
  for (let at = 0; at < old.length && goesOn(); at += together)
    await Promise.all(
      old.slice(at, at + together).map(async (run) => {
        try {
          if ((await eraseRun(eraser, run, goesOn)) === "erased") count.erased += 1;
        } catch (error) {
          count.failed += 1;
          log.error("A run could not be erased", { runId: run.id, task: run.task, ...errorFields(error) });
        }
      }),
    );
  return count;
}

/** One part: up to `partOf` runs, or until the time is over. `next` is undefined where nothing is left. */
async function part(deps: SweepDeps, { from, old }: Standing) {
  const { store, retention, clock, goesOn } = deps;
  const done = { looked: 0, erased: 0, failed: 0 };
  const left = new Set(old);
  let last = from;
  const ended = (next: number | undefined) => ({ ...done, old: [...left], next });
  const to = old.length > 0 ? latest : clock.now() - retention.leastMs;
  if (to < from) return ended(undefined);
  for await (const runs of store.oldestFirst(from, to)) {
    for (const run of runs.filter(mayGoOn)) left.delete(Number(publishedVersion(run.codeVersion)));
    const { erased, failed } = await eraseIn(deps, runs);
    done.looked += runs.length;
    done.erased += erased;
    done.failed += failed;
    // Not all of this portion may have been erased: it is looked at again.
    if (!goesOn()) return ended(last);
    last = runs.at(-1)?.createdAt ?? last;
    if (done.looked >= partOf && last > from) return ended(last);
  }
  return ended(undefined);
}

async function reap({ versions, log }: SweepDeps, old: readonly number[]): Promise<number[]> {
  const removed: number[] = [];
  for (const version of old) {
    if (await versions.remove(version)) removed.push(version);
    else log.warn("A version without runs is kept: an alias or something else is on it", { version });
  }
  return removed;
}

/** Goes on with the sweep that is under way, or begins one a day after the last, until it is through or time is up. */
export async function sweep(deps: SweepDeps): Promise<Swept> {
  const { progress, clock, goesOn, versions, current } = deps;
  const kept = JSON.parse((await progress.read()) ?? "{}") as Kept;
  const sum = { looked: 0, erased: 0, failed: 0 };
  const isDue = clock.now() - (kept.beganAt ?? 0) >= everyMs;
  if (kept.standing === undefined && !isDue) return { ...sum, removed: [], isWhole: true };
  const beganAt = kept.standing === undefined ? clock.now() : kept.beganAt;
  let standing = kept.standing ?? { from: 0, old: oldOf(await versions.list(), current) };
  for (;;) {
    const { next, old, ...done } = await part(deps, standing);
    for (const name of ["looked", "erased", "failed"] as const) sum[name] += done[name];
    if (next === undefined) {
      const removed = await reap(deps, old);
      await progress.write(JSON.stringify({ beganAt }));
      return { ...sum, removed, isWhole: true };
    }
    standing = { from: next, old };
    await progress.write(JSON.stringify({ beganAt, standing }));
    if (!goesOn()) return { ...sum, removed: [], isWhole: false };
  }
}
