/**
 * Queues in memory: the reference for the other stores.
 *
 * Invariant: slots are counted from the heads themselves.
 */
import {
  adjusted,
  limitIn,
  plainQueue,
  type QueueChange,
  type QueueSettings,
  type QueueState,
} from "./queues.ts";
import { isFinished, type Run } from "./run.ts";
import { called, type Fullness, free, hasSlot, isCalled, isParked, placeOf, poolOf } from "./slots.ts";

/** Where a head is held. */
interface Held {
  run: Run;
}

/** Through text and back, as every other store does it: fields that are undefined go, and nothing is shared. */
export const copy = (run: Run): Run => JSON.parse(JSON.stringify(run)) as Run;

export const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** The queues of a store: slots are counted from the heads themselves. */
export function memoryPools(runs: ReadonlyMap<string, Held>) {
  const settings = new Map<string, QueueSettings>();
  const of = (queue: string): QueueSettings => settings.get(queue) ?? plainQueue;
  const inQueue = (queue: string): Run[] =>
    [...runs.values()].map(({ run }) => run).filter((run) => run.queue === queue && !isFinished(run.status));
  const within = (pool: string | undefined): Held[] =>
    pool === undefined ? [] : [...runs.values()].filter(({ run }) => poolOf(run) === pool);

  function fullness(members: readonly Held[], except?: Run): Fullness {
    const others = members.map(({ run }) => run).filter(({ id }) => id !== except?.id);
    return {
      limit: limitIn(of(members[0]?.run.queue ?? "")),
      held: others.filter(({ owner }) => owner !== undefined).length,
      called: others.filter(isCalled).length,
    };
  }

  function call(pool: string | undefined, now: number): string[] {
    const members = within(pool);
    const waiting = members.filter(({ run }) => isParked(run));
    waiting.sort((a, b) => placeOf(a.run) - placeOf(b.run) || compare(a.run.id, b.run.id));
    const next = waiting.slice(0, free(fullness(members)));
    for (const kept of next) kept.run = copy(called(kept.run, now));
    return next.map(({ run }) => run.id);
  }

  function put(queue: string, next: QueueSettings, now: number): string[] {
    settings.set(queue, next);
    return [...new Set(inQueue(queue).map(poolOf))].flatMap((pool) => call(pool, now));
  }

  return {
    call,
    admits: (run: Run): boolean => hasSlot(run, fullness(within(poolOf(run)), run)),
    limit: (queue: string, base: number | undefined, now: number): string[] =>
      put(queue, { ...of(queue), base }, now),
    adjust: (queue: string, change: QueueChange, now: number): string[] | undefined =>
      settings.has(queue) ? put(queue, adjusted(of(queue), change, now), now) : undefined,
    names: (): string[] => [...settings.keys()].sort(compare),
    state(name: string): QueueState | undefined {
      if (!settings.has(name)) return undefined;
      const isLimited = limitIn(of(name)) !== undefined;
      const members = inQueue(name);
      const running = isLimited ? members.filter(({ owner }) => owner !== undefined).length : undefined;
      const queued = isLimited ? members.filter((run) => run.turn !== undefined).length : undefined;
      return { name, ...of(name), running, queued };
    },
  };
}
