/**
 * Small hostile programs: plain TypeScript that plain replay gets wrong. Each is crashed just before and just after each
 * of its store calls, and must give what it gives without a crash.
 */
import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

function library(world: () => World): Record<string, unknown> {
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => void world().clock.after(ms, resolve));
  const get = async (n: number): Promise<number> => {
    await sleep(1 + (n % 3));
    return n * 10;
  };
  /** A query builder: begins its work when it is waited for. */
  const query = (n: number): object => ({
    where: (more: number) => query(n + more),
    // biome-ignore lint/suspicious/noThenProperty: query builders are thenables
    then: (ok: (value: number) => unknown, bad: (error: unknown) => unknown) => get(n).then(ok, bad),
  });
  return {
    sleep,
    get,
    query,
    limit: (max: number) => {
      let active = 0;
      const waiting: (() => void)[] = [];
      return async <T>(fn: () => Promise<T>): Promise<T> => {
        if (active >= max) await new Promise<void>((resolve) => waiting.push(resolve));
        active++;
        try {
          return await fn();
        } finally {
          active--;
          waiting.shift()?.();
        }
      };
    },
    emitter: () => new EventEmitter(),
    fill: async (list: unknown[]) => {
      await sleep(1);
      list.push(list.length);
      return list;
    },
    each: async (count: number, fn: (n: number) => unknown) => {
      for (let n = 0; n < count; n++) {
        await sleep(1);
        fn(n);
      }
    },
  };
}

/** Title, code of the module, body of `run`, and what it gives. */
const programs: readonly (readonly [string, string, string, unknown])[] = [
  [
    "a lazy query that an async function returns",
    `const find = async (n: number) => lib.query(n).where(1); const later = (n: number) => lib.query(n);`,
    `const a = await find(1); const b = await later(4); const [c, d] = await Promise.all([find(6), lib.query(8)]); await lib.sleep(1); return [a, b, c, d];`,
    [20, 40, 70, 80],
  ],
  [
    "promises that are awaited much later, in another order",
    ``,
    `const ps = [3, 1, 2].map((n) => lib.get(n)); const sum = await lib.get(5); const out = [sum]; for (const p of ps.reverse()) out.push(await p); return out;`,
    [50, 20, 10, 30],
  ],
  [
    "combinators within combinators",
    ``,
    `return await Promise.all([Promise.race([lib.get(3), lib.get(1)]), Promise.allSettled([lib.get(2), Promise.reject(new Error("x"))]).then((rs) => rs.map((r) => r.status)), Promise.any([Promise.reject(1), Promise.all([lib.get(4), lib.get(5)])])]);`,
    [30, ["fulfilled", "rejected"], [40, 50]],
  ],
  [
    "a mutex made of a chain of promises",
    `class Mutex { tail: Promise<unknown> = Promise.resolve(); run<T>(fn: () => Promise<T>): Promise<T> { const next = this.tail.then(fn, fn); this.tail = next.catch(() => {}); return next; } }`,
    `const m = new Mutex(); let at = 0; const out: unknown[] = []; await Promise.all([1, 2, 3].map((n) => m.run(async () => { const seen = at; await lib.get(n); at = seen + 1; out.push([n, at]); if (n === 2) throw new Error("two"); }).catch((e) => out.push(e.message)))); return [at, out];`,
    [3, [[1, 1], [2, 2], "two", [3, 3]]],
  ],
  [
    "a library's pool around closures that wait for a day",
    ``,
    `const limit = lib.limit(2); const out: unknown[] = []; await Promise.all([1, 2, 3].map((n) => limit(async () => { const v = await lib.get(n); if (n === 2) await wait.for({ days: 1 }); out.push(v); return v; }))); return out.sort();`,
    [10, 20, 30],
  ],
  [
    "a race against a durable time-out, lost and won",
    ``,
    `const late = (async () => { await wait.for({ hours: 2 }); return "late"; })(); const a = await Promise.race([late, lib.get(1)]); const b = await Promise.race([new Promise(() => {}), wait.for({ seconds: 5 }).then(() => "timed out")]); return [a, b, await late];`,
    [10, "timed out", "late"],
  ],
  [
    "a cache of promises",
    ``,
    `const cache = new Map<number, Promise<number>>(); let misses = 0; const load = (n: number) => { let p = cache.get(n); if (!p) { misses++; p = lib.get(n); cache.set(n, p!); } return p!; }; const got = await Promise.all([load(1), load(2), load(1)]); got.push(await load(2)); await lib.sleep(1); return [got, misses, cache.size];`,
    [[10, 20, 10, 20], 2, 2],
  ],
  [
    "an async reduce",
    ``,
    `return await [1, 2, 3].reduce(async (before, n) => { const sum = await before; return sum + (await lib.get(n)); }, Promise.resolve(5));`,
    65,
  ],
  [
    "the order of evaluation around awaits",
    ``,
    `let i = 0; const list = [1, 2, 3]; const o: any = { n: 1 }; const f = (...a: unknown[]) => a; const r = f(i++, await lib.get(i++), list.shift(), await lib.get(list.shift()!), i); o.n += await lib.get(o.n++); o[await lib.get(0)] = i++ + (await lib.get(i)); return [r, o, i, list];`,
    [[0, 10, 1, 20, 2], { n: 11, 0: 32 }, 3, [3]],
  ],
  [
    "defaults and destructuring that await, in order",
    ``,
    `const f = async (a: number, { b = lib.get(a), c }: any = {}, [d = lib.get(2)]: any = []) => [a, await b, c, await d]; const { x = await lib.get(7), ...rest } = { y: await lib.get(8) } as any; const [p, q = await lib.get(p)] = [1] as any; return [await f(1), await f(2, { b: 5, c: 6 }, [7]), x, rest, q];`,
    [[1, 10, undefined, 20], [2, 5, 6, 7], 70, { y: 80 }, 10],
  ],
  [
    "optional chains, switch, and loops with labels",
    ``,
    `const c: any = { a: { get: lib.get }, n: null }; const out: unknown[] = []; outer: for (const n of [1, 2, 3]) { switch (await c?.a?.get?.(n)) { case 10: out.push("ten"); continue outer; case 20: out.push(await c.n?.get(await lib.get(9))); default: out.push("fell"); break; case 30: break outer; } do { out.push(await lib.get(n)); } while (out.length < 4); } return out;`,
    ["ten", undefined, "fell", 20],
  ],
  [
    "recursion over a tree, all branches at once",
    `const walk = async (n: number): Promise<unknown> => n <= 1 ? [await lib.get(n)] : [await lib.get(n), ...(await Promise.all([walk(n - 1), walk(n - 2)]))];`,
    `return JSON.stringify(await walk(4));`,
    "[40,[30,[20,[10],[0]],[10]],[20,[10],[0]]]",
  ],
  [
    "methods by way of call, bind and apply; this and arguments",
    `class Box { constructor(readonly n: number) {} async get(..._: unknown[]) { return (await lib.get(this.n)) + arguments.length; } get twice() { return this.get().then((v) => v * 2); } static async make(n: number) { await lib.sleep(1); return new this(n); } }`,
    `const b = await Box.make(1); const bound = b.get.bind(new Box(2), 7); const other = { n: 3, get: b.get }; return [await b.get(), await bound(8), await b.get.call(other as any, 1), await b.get.apply(new Box(4), [1, 2, 3]), await b.twice, await other.get()];`,
    [10, 22, 31, 43, 20, 30],
  ],
  [
    "higher-order functions: retry, compose, debounce by hand",
    `const again = <A extends unknown[], R>(fn: (...a: A) => Promise<R>, max = 3) => async (...a: A): Promise<R> => { for (let i = 1; ; i++) try { return await fn(...a); } catch (e) { if (i >= max) throw e; await wait.for({ seconds: i }); } }; const compose = (...fns: any[]) => async (x: unknown) => { for (const f of fns) x = await f(x); return x; };`,
    `let calls = 0; const flaky = again(async (n: number) => { calls++; const v = await lib.get(n); if (calls < 3) throw new Error("flaky"); return v; }); return [await compose(flaky, async (v: number) => v + 1, lib.get)(1), calls];`,
    [110, 3],
  ],
  [
    "an emitter of the author's whose listeners await",
    ``,
    `const e = lib.emitter(); const out: unknown[] = []; const pending: Promise<unknown>[] = []; e.on("n", (n: number) => { pending.push(lib.get(n).then((v: number) => out.push(v))); }); e.emit("n", 1); await lib.get(2); e.emit("n", 3); await Promise.all(pending); return out;`,
    [10, 30],
  ],
  [
    "one list that several names hold, filled by awaited calls and seen through a Map",
    ``,
    `const list: unknown[] = []; const o = { list }; const names = new Map<object, string>([[list, "the list"]]); const same = await lib.fill(list); await lib.fill(o.list); await lib.sleep(1); return [same === list, names.get(same), o.list.length, new Set([same, list]).size];`,
    [true, "the list", 2, 1],
  ],
  [
    "a synchronous callback that counts, beside a branch that changes the same counter",
    ``,
    `let n = 0; const rows: number[] = []; const other = (async () => { for (let i = 0; i < 3; i++) { await lib.get(1); n += 10; } })(); await lib.each(3, (x: number) => { n++; rows.push(x); }); await other; await lib.sleep(1); return [n, rows];`,
    [33, [0, 1, 2]],
  ],
  [
    "children and waits in branches, a helper and a pool",
    `export const child = task({ id: "child", run: async (n: number) => { await wait.for({ minutes: n }); return n * 2; } }); const both = async (n: number) => { const got = await child.triggerAndWait(n).unwrap(); await wait.for({ seconds: 30 }); return got + (await lib.get(n)); };`,
    `const queue = [1, 2, 3]; const out: number[] = []; const worker = async () => { for (let n = queue.shift(); n !== undefined; n = queue.shift()) out[n] = await both(n); }; await Promise.all([worker(), worker()]); return out.slice(1);`,
    [12, 24, 36],
  ],
  [
    "a promise by hand that another branch resolves",
    ``,
    `let open!: (v: number) => void; const gate = new Promise<number>((r) => { open = r; }); const waiting = (async () => (await gate) + (await lib.get(1)))(); open(await lib.get(2)); return await waiting;`,
    30,
  ],
  [
    "errors with causes, wrapped, re-thrown and compared",
    `class Mine extends Error { constructor(m: string, readonly code: number, o?: ErrorOptions) { super(m, o); } }`,
    `const out: unknown[] = []; try { try { await lib.get(1); throw new Mine("inner", 7); } catch (e) { await lib.sleep(1); throw new Mine("outer", 8, { cause: e }); } finally { out.push(await lib.get(2)); } } catch (e: any) { await lib.sleep(1); out.push(e instanceof Mine, e.code, e.cause.code, e.cause instanceof Mine); } return out;`,
    [20, true, 8, 7, true],
  ],
  [
    "functions as values in objects, made in loops, called at the end",
    ``,
    `const todo: Record<string, () => Promise<number>> = {}; for (const n of [1, 2]) todo["k" + n] = async () => (await lib.get(n)) + n; for (let n = 3; n < 5; n++) todo["k" + n] = () => lib.get(n); const out: unknown[] = []; for (const [k, f] of Object.entries(todo)) out.push(k, await f()); return out;`,
    ["k1", 11, "k2", 22, "k3", 30, "k4", 40],
  ],
];

describe("plain programs", () => {
  test.each(programs)("%s", async (_title, code, body, expected) => {
    const source = `${code}\nexport const p = task({ id: "p", run: async (_: unknown, { ctx }: any) => { ${body} } });`;
    const { bad, runs } = await everyCrash(source, library, "p", null, expected);
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(3);
  });
});

describe("a lazy query is recorded where it begins", () => {
  test.each([
    [
      "returned by an async function",
      `const save = async (n: number) => lib.query(n); const v = await save(3);`,
    ],
    [
      "returned by run's helper in a variable",
      `const save = async () => { let q = lib.query(1); if (q) q = q.where(2); return q; }; const v = await save();`,
    ],
    ["given by a callback of then", `const v = await Promise.resolve(3).then((n) => lib.query(n));`],
    ["given by a callback to a library", `const [v] = await lib.pool([3], (n: number) => lib.query(n));`],
    ["an element of Promise.all", `const [v] = await Promise.all([3].map((n) => lib.query(n)));`],
  ])("%s", async (_title, body) => {
    let begun = 0;
    let isDone = false;
    const query = (n: number): object => ({
      where: (more: number) => query(n + more),
      // biome-ignore lint/suspicious/noThenProperty: query builders are thenables
      then: (ok: (value: number) => unknown) => {
        begun++;
        return Promise.resolve(n).then(ok);
      },
    });
    const lib = {
      query,
      pool: async (items: unknown[], fn: (item: unknown) => unknown) => Promise.all(items.map(fn)),
      last: async () => {
        isDone = true;
        return 1;
      },
    };
    let isStruck = false;
    const strike = (): "before" | undefined => {
      if (!isDone || isStruck) return undefined;
      isStruck = true;
      return "before";
    };
    const source = `export const p = task({ id: "p", run: async () => { ${body} await lib.last(); return v; } });`;
    const made = bench(source, lib, { strike });
    const run = await made.run("p");
    expect({ value: await made.output(run), begun, crashes: made.world.crashes }).toEqual({
      value: 3,
      begun: 1,
      crashes: 1,
    });
  });
});
