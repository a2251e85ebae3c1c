/**
 * The outside of a random program: effects with fixed virtual durations, and libraries that are given callbacks.
 *
 * Owns:      the ledger of effects.
 * Invariant: an effect's value and duration follow from its name and argument alone.
 */
import { currentRun } from "../../engine/current-run.ts";
import type { Clock } from "../../engine/ports.ts";

const hash = (text: string): number => {
  let h = 2166136261;
  for (const char of text) h = Math.imul(h ^ char.charCodeAt(0), 16777619);
  return (h >>> 0) / 4294967296;
};

/** One start of an effect. */
export interface Start {
  readonly name: string;
  readonly argument: unknown;
  /** The unit's idempotency key; undefined in a plain run. */
  readonly unit: string | undefined;
}

export interface Outside {
  readonly starts: Start[];
  readonly lib: Record<string, unknown>;
}

export interface OutsideOptions {
  readonly onStart?: (start: Start) => void;
  /** Some effects fail at their first try. */
  readonly flaky?: boolean;
}

/** Errors that no retry can help: plain and durable runs see them alike. */
class Refused extends Error {
  readonly status = 400;
}

export function outside(clock: Clock, options: OutsideOptions = {}): Outside {
  const starts: Start[] = [];
  const tries = new Map<string, number>();
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

  async function effect(name: string, argument: unknown): Promise<number> {
    const unit = currentRun.getStore()?.unit;
    const start = { name, argument, unit };
    starts.push(start);
    options.onStart?.(start);
    const id = `${name}:${JSON.stringify(argument)}`;
    await sleep(1 + Math.floor(hash(id) * 200));
    if (options.flaky && unit !== undefined && hash(`flaky ${id}`) < 0.15) {
      const count = (tries.get(unit) ?? 0) + 1;
      tries.set(unit, count);
      if (count === 1) throw new Error(`flaky ${id}`);
    }
    return Math.floor(hash(`value ${id}`) * 1000);
  }

  async function fails(name: string): Promise<never> {
    await sleep(1 + Math.floor(hash(name) * 200));
    throw new Refused(`refused ${name}`);
  }

  async function pool<T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        results[index] = await fn(items[index] as T);
      }
    };
    await Promise.all([worker(), worker()]);
    return results;
  }

  async function slowPool<T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> {
    return pool(items, async (item) => {
      await sleep(3 + Math.floor(hash(`pause ${String(item)}`) * 20));
      return fn(item);
    });
  }

  async function each<T>(items: readonly T[], fn: (item: T) => void): Promise<void> {
    for (const item of items) {
      await sleep(2);
      fn(item);
    }
  }

  async function again<R>(fn: (attempt: number) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fn(attempt);
      } catch (error) {
        if (attempt >= 4) throw error;
      }
    }
  }

  async function* items(count: number): AsyncGenerator<number> {
    for (let n = 1; n <= count; n++) {
      await sleep(2);
      yield n;
    }
  }

  /** Opened by an awaited call, and live. */
  async function open(count: number): Promise<AsyncIterable<number>> {
    await sleep(2);
    return { [Symbol.asyncIterator]: () => items(count), next: 0 } as AsyncIterable<number>;
  }

  async function connect(): Promise<object> {
    await sleep(2);
    let isOpen = true;
    return {
      socket: new AbortController(),
      async ask(value: number): Promise<number> {
        if (!isOpen) throw new Refused("closed");
        await sleep(2);
        return value + 1;
      },
      async [Symbol.asyncDispose](): Promise<void> {
        await sleep(2);
        isOpen = false;
      },
    };
  }

  async function drain<T>(from: AsyncIterable<T>): Promise<T[]> {
    const got: T[] = [];
    for await (const item of from) got.push(item);
    return got;
  }

  const eager = <T, R>(items: readonly T[], fn: (item: T) => Promise<R>): Promise<R[]> =>
    Promise.all(items.map(fn));
  const plain = (value: number): number => value * 3;
  return {
    starts,
    lib: { effect, fails, pool, slowPool, each, again, eager, plain, items, open, connect, drain },
  };
}
