/** Design §5.1: the author's functions, wherever they are kept and whoever calls them. Each body runs with every crash. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const retry = "retry: { maxAttempts: 3, minTimeoutInMs: 1, randomize: false }";

/** Libraries as they are found: synchronous, with callbacks in options, wrapping, throwing. */
function library() {
  return {
    effect: async (_name: string, value: unknown) => value,
    refused: async (name: string) => {
      throw Object.assign(new Error(`refused ${name}`), { status: 400 });
    },
    mapSync: <T, R>(items: readonly T[], fn: (item: T) => R): R[] => {
      const out: R[] = [];
      for (const item of items) out.push(fn(item));
      return out;
    },
    eachRow: async (count: number, fn: (row: { i: number }) => void) => {
      for (let i = 0; i < count; i++) {
        await null;
        fn({ i });
      }
      return count;
    },
    upload: async (x: number, options: { onDone: (x: number) => Promise<unknown> }) => [
      x,
      await options.onDone(x),
    ],
    withOptions: async (options: { input: number; onProgress: (n: number) => void }) => {
      for (let i = 0; i < options.input; i++) {
        await null;
        options.onProgress(i);
      }
      return options.input;
    },
    all: async (fns: readonly (() => Promise<unknown>)[]) => Promise.all(fns.map((fn) => fn())),
    toInstance: <T extends object>(Class: new () => T, values: Partial<T>) =>
      Object.assign(new Class(), values),
    pMap: async <T, R>(items: readonly T[], fn: (item: T) => Promise<R>) => {
      const out: R[] = [];
      for (const item of items) out.push(await fn(item));
      return out;
    },
  };
}

const programs: Record<string, { body: string; expected: unknown; before?: string }> = {
  "closures kept in an array stay the author's": {
    body: `let total = 0; const jobs: (() => Promise<void>)[] = []; for (const x of [1, 2, 3]) jobs.push(async () => { total += (await lib.effect("e", x)) as number; }); for (const j of jobs) await j(); await wait.for({ minutes: 1 }); return total;`,
    expected: 6,
  },
  "a queue of closures with hand-written workers": {
    body: `const q: (() => Promise<void>)[] = []; const done: unknown[] = []; for (const x of [1, 2, 3, 4]) q.push(async () => { done.push(await lib.effect("e", x)); }); const work = async () => { for (let j = q.shift(); j; j = q.shift()) await j(); }; await Promise.all([work(), work()]); await wait.for({ minutes: 1 }); return done;`,
    expected: [1, 2, 3, 4],
  },
  "handlers in a Map are found again, and compare equal": {
    body: `const f = async (x: number) => lib.effect("h", x); const h = new Map([["a", f]]); const one = await h.get("a")!(1); await wait.for({ minutes: 1 }); const two = await h.get("a")!(3); return [one, two, h.get("a") === f, [f].includes(f), [f].indexOf(f)];`,
    expected: [1, 3, true, true, 0],
  },
  "a method of the author's behind a foreign call in a chain": {
    before: `class S { n = 0; async go(x: number) { this.n += x; await lib.effect("g", x); } }`,
    body: `const m = new Map([["s", new S()]]); await m.get("s")!.go(1); await m.get("s")!.go(2); await wait.for({ minutes: 1 }); return m.get("s")!.n;`,
    expected: 3,
  },
  "a rejection that is caught late fails nothing": {
    body: `const p = lib.refused("x"); await lib.effect("y", 50); try { await p; } catch (e) { return (e as Error).message; }`,
    expected: "refused x",
  },
  "rejections in allSettled are values, also on replay": {
    body: `const r = await Promise.allSettled([1, 2, 3].map(async (x) => { await lib.effect("a", x); if (x === 2) throw new Error("boom"); return x; })); await wait.for({ minutes: 1 }); return r.map((s) => s.status);`,
    expected: ["fulfilled", "rejected", "fulfilled"],
  },
  "what an async callback of map returns keeps its class and identity": {
    before: `class Foo { constructor(readonly v: unknown) {} hello() { return "hello " + this.v; } }`,
    body: `const rs = await Promise.all([1, 2].map(async (x) => new Foo(await lib.effect("a", x)))); const o = { a: 1 }; const [same] = await Promise.all([o].map(async (x) => x)); return [...rs.map((r) => r.hello()), same === o];`,
    expected: ["hello 1", "hello 2", true],
  },
  "callbacks in option objects are told apart in a loop with waits": {
    body: `const out: unknown[] = []; for (const x of [1, 2, 3]) { out.push(await lib.upload(x, { onDone: async (v: number) => lib.effect("save", v) })); await wait.for({ minutes: 1 }); } return out;`,
    expected: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  },
  "what a callback in an option object collects comes back": {
    body: `const seen: number[] = []; await lib.withOptions({ input: 3, onProgress: (n: number) => { seen.push(n); } }); await lib.effect("end", 0); await wait.for({ minutes: 1 }); return seen;`,
    expected: [0, 1, 2],
  },
  "functions in a list given to a library": {
    body: `let n = 0; const r = await lib.all([async () => { n++; return lib.effect("a", 1); }, async () => { n++; return lib.effect("b", 2); }]); await wait.for({ minutes: 1 }); return [r, n];`,
    expected: [[1, 2], 2],
  },
  "a library that throws synchronously throws where it is called": {
    body: `let r = ""; try { lib.mapSync([1, 2], (x: number) => { if (x === 2) throw new Error("two"); return x; }); } catch (e) { r = (e as Error).message; } await lib.effect("z", 1); await wait.for({ minutes: 1 }); return r;`,
    expected: "two",
  },
  "a synchronous library given an async callback": {
    body: `const r = await Promise.all(lib.mapSync([1, 2], async (x: number) => lib.effect("e", x))); await wait.for({ minutes: 1 }); return r;`,
    expected: [1, 2],
  },
  "a throw in a synchronous callback of an async library is its rejection": {
    body: `let r: unknown = ""; try { r = await lib.eachRow(3, (x: { i: number }) => { if (x.i === 1) throw new Error("row"); }); } catch (e) { r = (e as Error).message; } await wait.for({ minutes: 1 }); return r;`,
    expected: "row",
  },
  "a class given to a library stays a class": {
    before: `class Point { x = 0; double() { return this.x * 2; } }`,
    body: `const p = lib.toInstance(Point, { x: 4 }); return [p.double(), p instanceof Point, Reflect.construct(Point, []).x];`,
    expected: [8, true, 0],
  },
  "a bound function of the author's stays his": {
    body: `let n = 0; const w = async (k: number) => { n++; await lib.effect("a", k); return n; }; const b = w.bind(null, 5); const r = await b(); await wait.for({ minutes: 1 }); return [r, n];`,
    expected: [1, 1],
  },
};

for (const [title, { body, expected, before = "" }] of Object.entries(programs)) {
  test(title, async () => {
    const source = `${before}\ntask({ id: "t", ${retry}, run: async () => { ${body} } });`;
    const { bad } = await everyCrash(source, library, "t", undefined, expected);
    expect(bad).toEqual([]);
  });
}

test("a handle that was made, set up and closed is not made again", async () => {
  const calls: string[] = [];
  class Client {
    socket = { on: () => {}, pipe: () => {}, fd: process.stdout };
    on(): void {}
    async connect(): Promise<void> {
      calls.push("connect");
    }
    async send(n: number): Promise<void> {
      calls.push(`send ${n}`);
    }
    async close(): Promise<void> {
      calls.push("close");
    }
  }
  const lib = { Client, create: async () => new Client() };
  const { run } = bench(
    `task({ id: "made", ${retry}, run: async () => { const c = await lib.create(); await c.connect(); await c.send(1); await c.close(); await wait.for({ minutes: 1 }); } });
     task({ id: "constructed", ${retry}, run: async () => { const c = new lib.Client(); await c.connect(); await c.send(2); await c.close(); await wait.for({ minutes: 1 }); } });`,
    lib,
  );
  expect((await run("made")).error).toBeUndefined();
  expect((await run("constructed")).error).toBeUndefined();
  expect(calls).toEqual(["connect", "send 1", "close", "connect", "send 2", "close"]);
});

test("an error out of a library callback is an attempt, and its rejected await is made again", async () => {
  let gets = 0;
  const lib = { ...library(), get: async () => ({ ok: ++gets >= 3 }) };
  const { run, output } = bench(
    `task({ id: "t", ${retry}, run: async (_: unknown, { ctx }) => { await lib.pMap([1], async () => { const res = await lib.get(); if (!res.ok) throw new Error("bad"); }); return ctx.attempt.number; } });`,
    lib,
  );
  expect(await output(await run("t"))).toBe(3);
  expect(gets).toBe(3);
});
