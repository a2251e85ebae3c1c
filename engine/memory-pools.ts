/**
 * Queues in memory: the reference for the other stores.
 *
 * Invariant: slots are counted from the heads themselves.
 */
import { gatesOf, standsAt, waitsAt } from "./gates.ts";
import { type KeyOverrides, memoryKeys } from "./memory-keys.ts";
import type { Later } from "./ports.ts";
import {
  adjusted,
  isCounted,
  isShared,
  limitIn,
  plainQueue,
  type QueueChange,
  type QueueLimits,
  type QueueSettings,
  type QueueState,
  settingsWith,
  totalIn,
  withLimits,
} from "./queues.ts";
import { isFinished, type Run } from "./run.ts";
import {
  calledAt,
  callsAt,
  entersAt,
  type Fullness,
  isAhead,
  isParked,
  isStart,
  type Pace,
  placeOf,
  poolOf,
  poolsOf,
  type Room,
} from "./slots.ts";

/** Where a head is held. */
interface Held {
  run: Run;
}

/** Through text and back, as every other store does it: fields that are undefined go, and nothing is shared. */
export const copy = (run: Run): Run => JSON.parse(JSON.stringify(run)) as Run;

export const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Those who were called, and for when. */
export const nobody: readonly Later[] = [];

const roomIn = (queue: string, members: readonly Run[], limit: number | undefined): Room => {
  const count = (what: ReturnType<typeof standsAt>): number =>
    members.filter((run) => standsAt(run, queue) === what).length;
  return { limit, held: count("held"), called: count("called") };
};

/** The queues of a store: slots are counted from the heads themselves. */
export function memoryPools(runs: ReadonlyMap<string, Held>) {
  const settings = new Map<string, QueueSettings>();
  /** Starts, by queue or by pool: by whom the rate is for. */
  const starts = new Map<string, readonly number[]>();
  /** The pool that was called last, by queue. */
  const lastCalled = new Map<string, string>();
  /** Limits of single keys, by pool. */
  const overrides: KeyOverrides = new Map();
  const of = (queue: string): QueueSettings => settings.get(queue) ?? plainQueue;
  const inQueue = (queue: string): Held[] =>
    [...runs.values()].filter(({ run }) => gatesOf(run).includes(queue) && !isFinished(run.status));

  const paced = (run: Run): string =>
    (of(waitsAt(run) ?? "").rate?.perKey ? poolOf(run) : waitsAt(run)) ?? "";

  /** How full the queue is that the run waits for. */
  function fullness(run: Run, now: number): Fullness {
    const queue = waitsAt(run) ?? "";
    const said = settingsWith(of(queue), overrides.get(poolOf(run) ?? ""), now);
    const all = inQueue(queue)
      .map((held) => held.run)
      .filter(({ id }) => id !== run.id);
    const own = all.filter((other) => other.concurrencyKey === run.concurrencyKey);
    const { rate } = said;
    const total = totalIn(said);
    const inLine = (rate?.perKey ? own : all).filter((other) => waitsAt(other) === queue);
    const ahead = inLine.filter(isAhead).length;
    const pace: Pace | undefined = rate && { ...rate, ahead, starts: starts.get(paced(run)) ?? [] };
    return {
      ...roomIn(queue, own, limitIn(said)),
      ...(total === undefined ? {} : { total: roomIn(queue, all, total) }),
      ...(pace === undefined ? {} : { rate: pace }),
    };
  }

  /** The first parked runs of each pool, those of the pool behind the one called last first. */
  function firsts(queue: string, pool: string | undefined): Held[] {
    const first = new Map<string, Held>();
    const waiting = inQueue(queue).filter(
      ({ run }) => isParked(run) && waitsAt(run) === queue && (pool ?? poolOf(run)) === poolOf(run),
    );
    waiting.sort((a, b) => placeOf(a.run) - placeOf(b.run) || compare(a.run.id, b.run.id));
    for (const kept of waiting) {
      const own = poolOf(kept.run) ?? "";
      if (!first.has(own)) first.set(own, kept);
    }
    const last = lastCalled.get(queue) ?? "";
    const inOrder = [...first].sort(([a], [b]) => compare(a, b));
    return [...inOrder.filter(([own]) => own > last), ...inOrder.filter(([own]) => own <= last)].map(
      ([, kept]) => kept,
    );
  }

  /** Calls who may come, of a queue or one of its pools. */
  function callWithin(queue: string, pool: string | undefined, now: number): Later[] {
    const found: Later[] = [];
    for (;;) {
      let at: number | undefined;
      const next = firsts(queue, pool).find(({ run }) => {
        at = callsAt(run, fullness(run, now), now);
        return at !== undefined;
      });
      if (next === undefined || at === undefined) return found;
      next.run = copy(calledAt(next.run, at, now));
      lastCalled.set(queue, poolOf(next.run) ?? "");
      found.push({ runId: next.run.id, at });
    }
  }

  function call(run: Run, now: number): readonly Later[] {
    const pools = poolsOf(run);
    return gatesOf(run).flatMap((queue, at) =>
      callWithin(queue, isShared(of(queue)) ? undefined : pools[at], now),
    );
  }

  const callNow = (queue: string, pool: string | undefined, now: number): string[] =>
    callWithin(queue, pool, now).flatMap(({ runId, at }) => (at > now ? [] : [runId]));

  function put(queue: string, next: QueueSettings, now: number): string[] {
    settings.set(queue, next);
    return callNow(queue, undefined, now);
  }

  const keys = memoryKeys(overrides, {
    settings: (queue) => settings.get(queue),
    inQueue: (queue) => inQueue(queue).map(({ run }) => run),
    callNow,
  });

  return {
    call,
    keys,
    entersAt: (run: Run, now: number) => entersAt(run, fullness(run, now), now),
    /** Has the queue a rate? Then each start lets another one be called for its time. */
    isPaced: (run: Run): boolean => gatesOf(run).some((queue) => of(queue).rate !== undefined),
    /** Notes a start, where the queue has a rate. */
    started(run: Run, now: number): void {
      const { rate } = of(waitsAt(run) ?? "");
      if (rate === undefined || !isStart(run)) return;
      const recent = (starts.get(paced(run)) ?? []).filter((at) => at > now - rate.periodMs);
      starts.set(paced(run), [...recent, now]);
    },
    limit: (queue: string, limits: QueueLimits, now: number): string[] =>
      put(queue, withLimits(of(queue), limits), now),
    adjust: (queue: string, change: QueueChange, now: number): string[] | undefined =>
      settings.has(queue) ? put(queue, adjusted(of(queue), change, now), now) : undefined,
    names: (): string[] => [...settings.keys()].sort(compare),
    state(name: string): QueueState | undefined {
      if (!settings.has(name)) return undefined;
      const members = inQueue(name).map(({ run }) => run);
      const isLimited = isCounted(of(name));
      const stand = members.map((run) => standsAt(run, name));
      const running = isLimited ? stand.filter((what) => what === "held").length : undefined;
      const queued = isLimited
        ? stand.filter((what) => what !== undefined && what !== "held").length
        : undefined;
      return { name, ...of(name), running, queued };
    },
  };
}
