/**
 * The reference store: the whole of `Store` in Maps, in the plainest way there is.
 *
 * Owns:      what the other stores have to answer (`test/contract/store.ts` compares them).
 * Never:     keeps anything beyond the process, waits, or reads a clock.
 * Invariant: a call has taken effect as a whole before it returns its promise.
 */

import type { Erasure } from "./erasure.ts";
import { stagesOf } from "./gates.ts";
import { applies, changed, type HeadWrite, type Lease, release } from "./head-write.ts";
import { memoryErasure } from "./memory-erasure.ts";
import { compare, copy, memoryPools, nobody } from "./memory-pools.ts";
import type {
  Appended,
  InboxItem,
  JournalEntry,
  ProcessLeases,
  RunKey,
  RunQuery,
  Store,
  Written,
} from "./ports.ts";
import type { QueueDesk } from "./queues.ts";
import { isProgress } from "./record.ts";
import type { Run } from "./run.ts";
import { fits } from "./run-query.ts";
import { calledBy, putOff, queued } from "./slots.ts";

/** Characters of journal text in a page; the page's last entry may go beyond. */
const defaultPage = 1_000_000;

/** A run, and what belongs to it. */
interface Kept {
  run: Run;
  readonly journal: Map<number, JournalEntry>;
  readonly inbox: Map<string, InboxItem>;
}

/** The order of the list: newest first; the id decides between runs of one millisecond. */
const newestFirst = (a: Pick<Run, "id" | "createdAt">, b: Pick<Run, "id" | "createdAt">): number =>
  b.createdAt - a.createdAt || compare(b.id, a.id);

const oldestFirst: typeof newestFirst = (a, b) => newestFirst(b, a);

function asked(run: Run, query: RunQuery): boolean {
  const { from, to } = query;
  return (
    fits(run, query) &&
    (from === undefined || run.createdAt >= from) &&
    (to === undefined || run.createdAt <= to)
  );
}

/** When a run with a `wakeAt` can next be claimed, or undefined while only its holder's death frees it. */
function freeAt(run: Run): number | undefined {
  if (run.wakeAt === undefined || run.owner === undefined) return run.wakeAt;
  return run.leaseUntil === undefined ? undefined : Math.max(run.wakeAt, run.leaseUntil);
}

function append(kept: Kept | undefined, lease: Lease, entry: JournalEntry): Appended {
  if (kept?.run.owner !== lease.owner || kept.run.epoch !== lease.epoch) return { outcome: "superseded" };
  const there = kept.journal.get(entry.number);
  if (there === undefined) kept.journal.set(entry.number, { ...entry });
  if (there === undefined || (there.epoch === entry.epoch && there.data === entry.data))
    return { outcome: "appended" };
  return { outcome: "taken", entry: there };
}

function page(kept: Kept | undefined, after: number, size: number) {
  const entries: JournalEntry[] = [];
  let last = 0;
  for (const number of kept?.journal.keys() ?? []) if (number > last) last = number;
  let length = 0;
  let number = after;
  while (number < last && length < size) {
    const entry = kept?.journal.get(++number);
    if (entry === undefined) continue;
    entries.push(entry);
    length += entry.data.length;
  }
  return { entries, more: number < last };
}

/** All that a memory store holds, but for the limits of queues. */
export interface MemoryContents {
  readonly runs: ReadonlyMap<string, Kept>;
  readonly keys: ReadonlyMap<string, { readonly runId: string; readonly expiresAt: number }>;
}

/** A store that lives as long as its process. */
export type MemoryStore = Store & Erasure & ProcessLeases & QueueDesk & { contents(): MemoryContents };

/** Apart from what is copied: heads are replaced, never changed. */
const copied = ({ run, journal, inbox }: Kept): Kept => ({
  run,
  journal: new Map(journal),
  inbox: new Map(inbox),
});

/**
 * A store that lives as long as its process, and begins with a copy of `from`. `page` is the length of journal text from
 * which on a page ends.
 */
export function memoryStore(
  options: { readonly page?: number; readonly from?: MemoryContents } = {},
): MemoryStore {
  const { from } = options;
  const runs = new Map([...(from?.runs ?? [])].map(([id, kept]) => [id, copied(kept)]));
  const keys = new Map(from?.keys);
  const heads = (): Run[] => [...runs.values()].map((kept) => kept.run);
  const pools = memoryPools(runs);

  function claim(kept: Kept, change: HeadWrite): Written {
    const run = queued(kept.run, change.queues);
    const now = change.set.updatedAt ?? run.updatedAt;
    const stages = stagesOf(run);
    for (const stage of stages) {
      const at = pools.entersAt(stage, now);
      if (at === undefined || at > now) {
        const waits = copy(putOff(stage, at));
        kept.run = waits;
        const others = stages.length > 1 || pools.isPaced(run) ? pools.call(run, now) : nobody;
        return { applied: false, run: kept.run, isFull: true, ...calledBy(waits, others, now) };
      }
      pools.started(stage, now);
    }
    kept.run = copy(changed(run, change));
    const others = pools.isPaced(run) ? pools.call(run, now) : nobody;
    return { applied: true, run: kept.run, ...calledBy(undefined, others, now) };
  }

  function write(runId: string, change: HeadWrite): Written {
    const kept = runs.get(runId);
    if (kept === undefined || !applies(kept.run, change)) return { applied: false, run: kept?.run };
    if (change.event === "claimed") return claim(kept, change);
    kept.run = copy(changed(kept.run, change));
    const { owner, updatedAt } = kept.run;
    const others = owner === undefined ? pools.call(kept.run, updatedAt) : nobody;
    return { applied: true, run: kept.run, ...calledBy(undefined, others, updatedAt) };
  }

  /** The run of a key that holds. */
  const ofKey = (key: RunKey | undefined, now: number): Kept | undefined => {
    const known = key && keys.get(key.key);
    return known && known.expiresAt > now ? runs.get(known.runId) : undefined;
  };

  return {
    contents: () => ({ runs, keys }),
    ...memoryErasure({ runs, keys }),
    async create(run, idempotency, second) {
      const there = runs.get(run.id) ?? ofKey(idempotency, run.createdAt);
      if (there !== undefined) return { created: false, run: there.run };
      const other = ofKey(second, run.createdAt);
      if (other !== undefined) return { created: false, run: other.run, isSecond: true };
      const kept = { run: copy(run), journal: new Map(), inbox: new Map() };
      runs.set(run.id, kept);
      for (const each of [idempotency, second])
        if (each) keys.set(each.key, { runId: run.id, expiresAt: each.expiresAt });
      return { created: true, run: kept.run };
    },
    async adopt(key, now, runId) {
      const there = ofKey(key, now);
      if (there === undefined) keys.set(key.key, { runId, expiresAt: key.expiresAt });
      return there?.run.id ?? runId;
    },
    async free(key, now, runId) {
      const there = keys.get(key);
      if (there === undefined || (runId !== undefined && there.runId !== runId)) return undefined;
      keys.set(key, { ...there, expiresAt: Math.min(there.expiresAt, now) });
      return there.runId;
    },
    read: async (runId) => runs.get(runId)?.run,
    write: async (runId, change) => write(runId, change),
    limit: async (queue, limits, now) => pools.limit(queue, limits, now),
    adjust: async (queue, change, now) => pools.adjust(queue, change, now),
    queue: async (name) => pools.state(name),
    queues: async () => pools.names(),
    overrideKey: async (...given) => pools.keys.override(...given),
    queueKey: async (...given) => pools.keys.state(...given),
    append: async (lease, entry) => append(runs.get(lease.runId), lease, entry),
    journal: async (runId, after) => page(runs.get(runId), after, options.page ?? defaultPage),
    async send(runId, item, now) {
      const kept = runs.get(runId);
      if (kept === undefined) return false;
      if (!kept.inbox.has(item.id)) kept.inbox.set(item.id, { ...item });
      // Also for an item that is there: its sender may have died between the two halves of a send.
      kept.run = { ...kept.run, news: kept.run.news + 1, wakeAt: now };
      return true;
    },
    inbox: async (runId) => [...(runs.get(runId)?.inbox.values() ?? [])],
    async due(now, limit) {
      pools.keys.end(now);
      const free = heads().flatMap((run) =>
        (freeAt(run) ?? Infinity) <= now ? [{ id: run.id, at: run.wakeAt ?? 0 }] : [],
      );
      free.sort((a, b) => a.at - b.at || compare(a.id, b.id));
      return free.slice(0, limit).map(({ id }) => id);
    },
    async nextWake() {
      const times = [...heads().flatMap((run) => freeAt(run) ?? []), ...pools.keys.ends()];
      return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
    },
    async list(query) {
      const { before, after = before, afterAt } = query;
      const place =
        after === undefined || afterAt === undefined ? undefined : { id: after, createdAt: afterAt };
      const last = place ?? (after === undefined ? undefined : runs.get(after)?.run);
      if (after !== undefined && last === undefined) return { runs: [] };
      const order = before === undefined ? newestFirst : oldestFirst;
      const found = heads().filter(
        (run) => asked(run, query) && (last === undefined || order(last, run) < 0),
      );
      const part = found.sort(order).slice(0, query.limit);
      const next = found.length > part.length ? part.at(-1)?.id : undefined;
      return { runs: part.sort(newestFirst), ...(next === undefined ? {} : { next }) };
    },
    owners: async () => [...new Set(heads().flatMap((run) => run.owner ?? []))].sort(),
    async releaseOwner(owner, now) {
      const freed: string[] = [];
      for (const { run, journal } of runs.values()) {
        if (run.owner !== owner) continue;
        const progress = [...journal.values()]
          .filter(({ data }) => isProgress(data))
          .map(({ number }) => number);
        const lastNumber = progress.reduce((a, b) => Math.max(a, b), 0);
        if (write(run.id, release({ ...run, lastNumber }, now)).applied) freed.push(run.id);
      }
      return freed.sort();
    },
  };
}
