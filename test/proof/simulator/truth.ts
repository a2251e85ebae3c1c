/**
 * The store of a simulated world: what is true, whoever knows of it.
 */
import { lastEntry } from "../../../engine/last-entry.ts";
import { memoryStore } from "../../../engine/memory-store.ts";
import type { JournalEntry, ProcessLeases, Store } from "../../../engine/ports.ts";
import type { Run } from "../../../engine/run.ts";
import type { Place } from "./plan.ts";
import { unfencedJournal } from "./unfenced-journal.ts";

/** What is told of each change. */
export interface Watch {
  readonly appended: (runId: string, entry: JournalEntry) => void;
  readonly ended: (run: Run) => void;
  readonly claimed: (before: Run, after: Run) => void;
}

type TruthStore = Store & ProcessLeases;

/** The truth, and a view of all heads in it. */
export interface Truth {
  readonly store: TruthStore;
  readonly heads: ReadonlyMap<string, Run>;
  /** Something has changed since this was asked last. */
  takeChanged(): boolean;
  /** Reads the heads anew. */
  look(): Promise<void>;
}

/** A new world's truth. */
export function truth(place: Place, watch: Watch): Truth {
  const inner: TruthStore = {
    ...memoryStore({ page: 2_000 }),
    ...(place === "cloud" ? unfencedJournal() : {}),
  };
  const heads = new Map<string, Run>();
  let changed = false;
  const saw = (run: Run | undefined): void => {
    changed = true;
    if (run !== undefined) heads.set(run.id, run);
  };
  const store: TruthStore = {
    ...inner,
    async create(run, ...keys) {
      const made = await inner.create(run, ...keys);
      saw(made.run);
      return made;
    },
    async write(runId, write) {
      const before = heads.get(runId);
      const written = await inner.write(runId, write);
      saw(written.run);
      if (!written.applied || written.run === undefined || before === undefined) return written;
      if (write.event === "claimed") watch.claimed(before, written.run);
      const last = write.event === "completed" ? lastEntry(written.run) : undefined;
      if (last !== undefined) watch.appended(runId, last);
      if (written.run.finishedAt !== undefined) watch.ended(written.run);
      return written;
    },
    async append(lease, entry) {
      const answer = await inner.append(lease, entry);
      if (answer.outcome === "appended") watch.appended(lease.runId, entry);
      return answer;
    },
    async send(runId, item, now) {
      const isThere = await inner.send(runId, item, now);
      changed = true;
      return isThere;
    },
    async releaseOwner(owner, now) {
      changed = true;
      return inner.releaseOwner(owner, now);
    },
  };
  return {
    store,
    heads,
    takeChanged() {
      const was = changed;
      changed = false;
      return was;
    },
    async look() {
      await Promise.all([...heads.keys()].map(async (id) => saw(await inner.read(id))));
      changed = false;
    },
  };
}
