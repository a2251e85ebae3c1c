/** Packages that order what they are given: locks, queues, breakers, loaders, results. One task each. */
import { retry as attempt } from "@lifeomic/attempt";
import { AsyncQueue } from "@sapphire/async-queue";
import AsyncLock from "async-lock";
import { Sema } from "async-sema";
import AwaitLock from "await-lock";
import { ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import DataLoader from "dataloader";
import { Mutex } from "es-toolkit";
import { task, wait } from "holdfast";
import compose from "koa-compose";
import CircuitBreaker from "opossum";
import PCancelable from "p-cancelable";
import PQueue from "p-queue";
import { EitherAsync, Right } from "purify-ts";

declare const outside: { act(name: string, value: number): Promise<number> };
const act = (name: string, value: number): Promise<number> => outside.act(name, value);
const messageOf = (error: unknown): string => (error as Error).message;

/** Three at once within the lock, each of which puts the run away. */
async function locked(lock: () => Promise<unknown>, unlock: () => unknown): Promise<number[]> {
  const seen: number[] = [];
  const within = async (i: number): Promise<void> => {
    await lock();
    try {
      seen.push(await act(`in${i}`, i));
      await wait.for({ seconds: 3 });
      seen.push(await act(`out${i}`, i));
    } finally {
      unlock();
    }
  };
  await Promise.all([within(1), within(2), within(3)]);
  return seen;
}

/** What each of four calls through a breaker came to. */
async function broken(fire: (call: () => Promise<number>) => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (let i = 0; i < 4; i++)
    seen.push(
      await fire(async () => {
        await act(`down${i}`, i);
        throw new Error(`down ${i}`);
      }).catch(messageOf),
    );
  return seen;
}

export const sema = task({
  id: "async-sema",
  run: () => {
    const one = new Sema(1);
    return locked(
      () => one.acquire(),
      () => one.release(),
    );
  },
});

export const awaitLock = task({
  id: "await-lock",
  run: () => {
    const lock = new AwaitLock();
    return locked(
      () => lock.acquireAsync(),
      () => lock.release(),
    );
  },
});

export const asyncQueue = task({
  id: "@sapphire/async-queue",
  run: () => {
    const queue = new AsyncQueue();
    return locked(
      () => queue.wait(),
      () => queue.shift(),
    );
  },
});

export const mutex = task({
  id: "es-toolkit",
  run: () => {
    const lock = new Mutex();
    return locked(
      () => lock.acquire(),
      () => lock.release(),
    );
  },
});

export const asyncLock = task({
  id: "async-lock",
  run: async () => {
    const lock = new AsyncLock();
    const seen: number[] = [];
    const within = (i: number) => async (): Promise<void> => {
      seen.push(await act(`in${i}`, i), await act(`out${i}`, i));
    };
    await Promise.all([1, 2, 3].map((i) => lock.acquire("one", within(i))));
    return [seen, lock.isBusy()];
  },
});

export const cockatiel = task({
  id: "cockatiel",
  run: () => {
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(2) });
    return broken((call) => breaker.execute(call));
  },
});

export const opossum = task({
  id: "opossum",
  run: async () => {
    const odd = async (i: number): Promise<number> => {
      if (i % 2 === 1) throw new Error(`odd ${await act(`odd${i}`, i)}`);
      return act(`even${i}`, i);
    };
    const breaker = new CircuitBreaker(odd, { timeout: 3_000, errorThresholdPercentage: 90 });
    breaker.fallback((i: number) => `instead of ${i}`);
    const seen: unknown[] = [];
    for (let i = 0; i < 4; i++) seen.push(await breaker.fire(i));
    breaker.shutdown();
    return seen;
  },
});

export const pQueue = task({
  id: "p-queue",
  run: async () => {
    const queue = new PQueue({ concurrency: 1 });
    const seen: unknown[] = [];
    queue.on("completed", (value: unknown) => seen.push(value));
    const put = [1, 2].map((i) =>
      queue.add(async () => {
        await wait.for({ seconds: 2 });
        return act(`job${i}`, i);
      }),
    );
    await Promise.all(put);
    await act("between", 0);
    queue.pause();
    const last = queue.add(() => act("last", 3));
    queue.start();
    await last;
    await queue.onIdle();
    return seen;
  },
});

export const koa = task({
  id: "koa-compose",
  run: async () => {
    const seen: string[] = [];
    await compose<{ value: number }>([
      async (context, next) => {
        await next();
        seen.push(`out ${context.value}`);
      },
      async (context, next) => {
        context.value = await act("first", 5);
        await wait.for({ seconds: 2 });
        await next();
      },
      async (context) => {
        context.value += await act("second", 6);
      },
    ])({ value: 0 });
    return seen;
  },
});

export const loader = task({
  id: "dataloader",
  run: async () => {
    const batches: number[][] = [];
    const users = new DataLoader(async (keys: readonly number[]) => {
      batches.push([...keys]);
      const factor = await act(`batch ${keys.join(" ")}`, 10);
      return keys.map((key) => key * factor);
    });
    const first = await Promise.all([users.load(1), users.load(2), users.load(1)]);
    await act("between", 0);
    return [first, await users.loadMany([2, 3]), batches];
  },
});

/** Fails twice. */
const third = (tries: number[]) => async (): Promise<number> => {
  tries.push(await act(`try${tries.length + 1}`, tries.length + 1));
  if (tries.length < 3) throw new Error("not yet");
  await wait.for({ seconds: 1 });
  return tries.length;
};

export const attempts = task({
  id: "@lifeomic/attempt",
  run: () => attempt(third([]), { delay: 10, maxAttempts: 4 }),
});

export const cancelable = task({
  id: "p-cancelable",
  run: async () => {
    const twice = PCancelable.fn(async (value: number, onCancel: PCancelable.OnCancelFunction) => {
      onCancel(() => {});
      return (await act("first", value)) + (await act("second", value));
    });
    return twice(2);
  },
});

export const either = task({
  id: "purify-ts",
  run: async () => {
    const sum = EitherAsync<string, number>(async ({ liftEither }) => {
      const one = await act("one", 1);
      const two = await liftEither(Right(one + 1));
      await wait.for({ seconds: 1 });
      return two + (await act("three", 3));
    }).map((value) => value * 2);
    return (await sum.run()).extract();
  },
});
