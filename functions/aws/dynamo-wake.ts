/**
 * Who needs attention, and when.
 *
 * The index says when; the head, read exactly, says whether somebody holds the run. The lease is not in the index: it
 * would cost a unit with every claim and renewal, some seven a minute and run, where a look at the head costs one read
 * unit, a fifth of a write, and once a minute. A tick of the timer costs 25 queries (12.5 read units), one to see how far the last
 * one looked, and 1 for each run in `wake` whose time has come, those being worked on included; half of one for each that may be
 * fresh (`dynamo-fresh.ts`).
 *
 * Invariant: a stale index costs a look or a tick, never a run: a head says what is true.
 */
import type { Store } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { freshHeads, freshLanes, Looks, place } from "./dynamo-fresh.ts";
import type { Pools } from "./dynamo-pools.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { type Lane, type Spot, walk } from "./dynamo-walk.ts";
import { freshCreatedAt, partitions, toRun } from "./keys.ts";
import { listIndex, wakeIndex } from "./table.ts";

/** A run that needs attention, as its head says now. */
interface Wake {
  readonly run: Waking;
  /** It was made due by this very search: nobody has rung for it. */
  readonly isUnrung?: true;
}

/** What the store on DynamoDB can say beyond `Store`. */
export interface Wakes {
  /** Runs whose `wakeAt` is not later than `until` and that nobody holds at `now`: those it has made due itself, then the earliest first. */
  wakes(now: number, until: number, limit: number): AsyncIterable<Wake>;
}

type Waking = Run & { readonly wakeAt: number };

const longest = Number.MAX_SAFE_INTEGER;
const chunkMax = 100;

/** When a run can be claimed next, or undefined while that depends on its holder alone. */
function freeAt({ wakeAt, owner, leaseUntil }: Run): number | undefined {
  if (wakeAt === undefined || owner === undefined) return wakeAt;
  return leaseUntil === undefined ? undefined : Math.max(wakeAt, leaseUntil);
}

const isHeld = ({ owner, leaseUntil }: Run, now: number): boolean =>
  owner !== undefined && (leaseUntil === undefined || leaseUntil > now);

function* chunks(spots: readonly Spot[]): Generator<readonly Spot[]> {
  for (let at = 0; at < spots.length; at += chunkMax) yield spots.slice(at, at + chunkMax);
}

/** Searches by time. */
export function wakes(table: DynamoTable, pools: Pools): Pick<Store, "due" | "nextWake"> & Wakes {
  /** Heads of runs in order of their time, up to `until`. Without `looks` all that there are in the list are looked at. */
  async function* inOrder(until: number, page: number, looks?: Looks): AsyncGenerator<Waking> {
    const lanes: Lane[] = partitions.waking.map((shard) => ({ index: wakeIndex, shard, from: 0, to: until }));
    lanes.push(...(looks?.lanes() ?? freshLanes(0, freshCreatedAt(until))));
    for await (const portion of walk(table, { lanes, isBackwards: false, page })) {
      for (const chunk of chunks(looks?.unknown(portion) ?? portion))
        yield* await exactly(chunk, until, looks !== undefined);
      looks?.looked(portion.filter(({ index }) => index === listIndex));
    }
    looks?.done();
  }

  async function exactly(chunk: readonly Spot[], until: number, places = false): Promise<Waking[]> {
    const [listed, waking] = [listIndex, wakeIndex].map((name) =>
      chunk.filter(({ index }) => index === name),
    );
    const idsOf = (spots: readonly Spot[] = []) => spots.map(({ id }) => id);
    const [fresh, heads] = await Promise.all([
      freshHeads(table, idsOf(listed)),
      table.heads(idsOf(waking), true),
    ]);
    if (places) await place(table, [...fresh.keys()]);
    return chunk.flatMap(({ id, index }) => {
      const head = (index === listIndex ? fresh : heads).get(id);
      const run = head && toRun(head);
      return run?.wakeAt === undefined || run.wakeAt > until ? [] : [{ ...run, wakeAt: run.wakeAt }];
    });
  }

  /** Those that were made due by this very search, then those whose time has come. */
  async function* free(now: number, until: number, page: number, looks?: Looks): AsyncGenerator<Wake> {
    const woken = await pools.wake(now, until);
    const known = new Set(woken);
    for (const chunk of chunks(woken.map((id) => ({ id, at: now, index: wakeIndex }))))
      for (const run of await exactly(chunk, until)) yield { run, isUnrung: true };
    for await (const run of inOrder(until, page, looks)) {
      if (isHeld(run, now) || known.has(run.id)) continue;
      known.add(run.id);
      yield { run };
    }
  }

  async function* found(now: number, until: number, limit: number, looks?: Looks): AsyncGenerator<Wake> {
    let left = limit;
    if (left <= 0) return;
    for await (const wake of free(now, until, Math.min(limit, chunkMax), looks)) {
      yield wake;
      if (--left === 0) return;
    }
  }

  return {
    async *wakes(now, until, limit) {
      const looks = await Looks.begin(table, now);
      try {
        yield* found(now, until, limit, looks);
      } finally {
        await looks.end();
      }
    },
    async due(now, limit) {
      const runs: Waking[] = [];
      for await (const { run } of found(now, now, limit)) runs.push(run);
      return runs.sort((a, b) => a.wakeAt - b.wakeAt).map(({ id }) => id);
    },
    async nextWake() {
      let earliest: number | undefined;
      for await (const run of inOrder(longest, 10)) {
        if (earliest !== undefined && run.wakeAt >= earliest) break;
        const free = freeAt(run);
        if (free !== undefined) earliest = Math.min(earliest ?? free, free);
      }
      return earliest;
    },
  };
}
