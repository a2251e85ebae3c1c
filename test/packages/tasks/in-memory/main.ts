/** Packages that order what they are given: locks, queues, breakers, loaders, results. One task each. */
import { retry as attempt } from "@lifeomic/attempt";
import { AsyncQueue } from "@sapphire/async-queue";
import { Future } from "@swan-io/boxed";
import AsyncLock from "async-lock";
import { Sema } from "async-sema";
import AwaitLock from "await-lock";
import { ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import DataLoader from "dataloader";
import { Mutex } from "es-toolkit";
import { task, wait } from "holdfast";
import compose from "koa-compose";
import { errAsync, fromPromise, ok, type Result, type ResultAsync, safeTry } from "neverthrow";
import CircuitBreaker from "opossum";
import PCancelable from "p-cancelable";
import PQueue from "p-queue";
import { EitherAsync, Right } from "purify-ts";
import throat from "throat";
import { Cookie, CookieJar } from "tough-cookie";
import { tryOrElse } from "true-myth/task";
import { Ok, Result as Outcome } from "ts-results-es";

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

const result = (value: number): ResultAsync<number, string> =>
  fromPromise(act(`result${value}`, value), messageOf);

/** Waits between two results. */
async function waited(value: number): Promise<Result<number, string>> {
  const first = await result(value);
  await wait.for({ seconds: 1 });
  return first.isOk() ? ok(first.value + 1) : first;
}

export const results = task({
  id: "neverthrow",
  run: async () => {
    const doubled = await result(2).map((value) => value * 2);
    const small = await result(1).andThen((value) => (value > 1 ? ok(value) : errAsync("small")));
    const sum = await safeTry(async function* () {
      const three = yield* result(3);
      const five = yield* await waited(4);
      return ok(three + five);
    });
    await act("last", 0);
    return [doubled.unwrapOr(0), small.isErr() && small.error, sum.unwrapOr(0)];
  },
});

export const limited = task({
  id: "throat",
  run: async () => {
    const twoAtOnce = throat(2);
    let active = 0;
    let most = 0;
    const work = async (i: number): Promise<number> => {
      most = Math.max(most, ++active);
      const done = await act(`work${i}`, i);
      if (i === 2) await wait.for({ seconds: 1 });
      active--;
      return done;
    };
    return [await Promise.all([1, 2, 3, 4].map((i) => twoAtOnce(() => work(i)))), most];
  },
});

export const cookies = task({
  id: "tough-cookie",
  run: async () => {
    const jar = new CookieJar();
    await jar.setCookie(`id=${await act("id", 7)}; Path=/; Max-Age=3600`, "https://shop.test/");
    await wait.for({ seconds: 1 });
    await jar.setCookie(Cookie.parse("a=b; Domain=shop.test") as Cookie, "https://shop.test/cart");
    await act("sent", 0);
    const all = await jar.getCookies("https://shop.test/");
    return [await jar.getCookieString("https://shop.test/"), all.map((one) => one.cookieString())];
  },
});

export const futures = task({
  id: "@swan-io/boxed",
  run: async () => {
    const load = (value: number) => Future.fromPromise(act(`load${value}`, value));
    const both = await Future.all([load(1), load(2).mapOk((value) => value + 1)]);
    await wait.for({ seconds: 1 });
    const last = await load(3)
      .flatMapOk((value) => load(value + 1))
      .resultToPromise();
    return [both.map((one) => one.getOr(0)), last];
  },
});

export const myths = task({
  id: "true-myth",
  run: async () => {
    const load = (value: number) => tryOrElse(messageOf, () => act(`load${value}`, value));
    const two = await load(2).andThen((value) => load(value + 1));
    await wait.for({ seconds: 1 });
    return [two.unwrapOr(0), await load(4).match({ Resolved: (value) => value, Rejected: () => 0 })];
  },
});

export const outcomes = task({
  id: "ts-results-es",
  run: async () => {
    const one = await Outcome.wrapAsync(() => act("one", 1));
    await wait.for({ seconds: 1 });
    await act("last", 0);
    return one.andThen((value) => Ok(value + 1)).unwrapOr(0);
  },
});
