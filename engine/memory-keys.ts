/**
 * Limits of single concurrency keys, in memory: the reference for the other stores.
 *
 * Invariant: one that is over counts for nobody; whoever may come then is called with the next look at who is due.
 */
import { standsAt } from "./gates.ts";
import {
  checkKeyOverrides,
  isInForce,
  type KeyOverride,
  type KeyState,
  type QueueSettings,
} from "./queues.ts";
import type { Run } from "./run.ts";
import { isParked, pooled, poolOf } from "./slots.ts";

/** By pool. */
export type KeyOverrides = Map<string, KeyOverride & { readonly queue: string }>;

/** What the limits of keys need of the queues. */
interface Queued {
  readonly settings: (queue: string) => QueueSettings | undefined;
  /** The runs in a queue. */
  readonly inQueue: (queue: string) => readonly Run[];
  /** Calls who may come, of one pool. */
  readonly callNow: (queue: string, pool: string, now: number) => string[];
}

/** The limits of keys over the queues of a store. */
export function memoryKeys(overrides: KeyOverrides, { settings, inQueue, callNow }: Queued) {
  const poolIn = (queue: string, key: string): string => pooled(queue, { concurrencyKey: key });
  const isAwaited = (queue: string, pool: string): boolean =>
    inQueue(queue).some((run) => isParked(run) && poolOf(run) === pool);

  return {
    /** Gives a key a limit, or takes it back, and calls who may come. @throws HoldfastError HF542 */
    override(queue: string, key: string, override: KeyOverride | undefined, now: number) {
      if (settings(queue) === undefined) return undefined;
      const pool = poolIn(queue, key);
      const others = [...overrides].filter(
        ([each, of]) => each !== pool && of.queue === queue && isInForce(of, now),
      );
      if (override !== undefined) checkKeyOverrides(queue, others.length);
      if (override === undefined) overrides.delete(pool);
      else overrides.set(pool, { ...override, queue });
      return callNow(queue, pool, now);
    },
    /** Ends those whose time is over, and calls whoever may come then. */
    end(now: number): void {
      for (const [pool, { queue, expiresAt }] of overrides) {
        if (expiresAt > now) continue;
        overrides.delete(pool);
        callNow(queue, pool, now);
      }
    },
    /** When those end whose keys have somebody waiting. */
    ends: (): number[] =>
      [...overrides].flatMap(([pool, { queue, expiresAt }]) => (isAwaited(queue, pool) ? [expiresAt] : [])),
    state(queue: string, key: string, now: number): KeyState | undefined {
      const said = settings(queue);
      if (said === undefined) return undefined;
      const own = overrides.get(poolIn(queue, key));
      const override = isInForce(own, now) ? { limit: own.limit, expiresAt: own.expiresAt } : undefined;
      const held = inQueue(queue).filter(
        (run) => run.concurrencyKey === key && standsAt(run, queue) === "held",
      );
      return { settings: said, override, running: held.length };
    },
  };
}
