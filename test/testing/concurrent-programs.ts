/** Programs with branches, pools, races, children and libraries. */
import { type Program, run, turn } from "./programs.ts";

export const concurrentPrograms: readonly Program[] = [
  {
    title: "a pool of p-limit whose closures count",
    packages: ["p-limit"],
    source: `import pLimit from "p-limit";
${run(`const limit = pLimit(2); let started = 0; const order: number[] = [];
  const all = await Promise.all([1, 2, 3, 4, 5].map((i) => limit(async () => { started++; const d = await outside.double(i); order.push(i); return d + started * 0; })));
  return { all, started, order: order.length };`)}`,
    output: { all: [2, 4, 6, 8, 10], started: 5, order: 5 },
  },
  {
    title: "a pool written by hand",
    source: run(`const queue = [1, 2, 3, 4, 5, 6]; const out: number[] = [];
  const worker = async () => { for (let next = queue.shift(); next !== undefined; next = queue.shift()) out.push(await outside.double(next)); };
  await Promise.all([worker(), worker(), worker()]);
  return out.sort((a, b) => a - b);`),
    output: [2, 4, 6, 8, 10, 12],
  },
  {
    title: "a mutex made of promises",
    source: `class Mutex { #tail: Promise<unknown> = Promise.resolve(); run<T>(fn: () => Promise<T>): Promise<T> { const next = this.#tail.then(fn, fn); this.#tail = next.catch(() => {}); return next; } }
${run(`const mutex = new Mutex(); let inside = 0; let most = 0; let balance = 10;
  await Promise.all([1, 2, 3].map((x) => mutex.run(async () => { most = Math.max(most, ++inside); const read = balance; await outside.act("w" + x); balance = read - x; inside--; })));
  return { most, balance };`)}`,
    output: { most: 1, balance: 4 },
  },
  {
    title: "a race with a time-out that loses, and one that wins",
    source:
      run(`const fast = await Promise.race([outside.act("fast"), wait.for({ minutes: 1 }).then(() => "late")]);
  const slow = await Promise.race([new Promise(() => {}), wait.for({ minutes: 2 }).then(() => "timed out")]);
  return [fast, slow];`),
    output: ["fast", "timed out"],
  },
  {
    title: "a chain of then, catch and finally",
    source: run(`let tidied = 0;
  return outside.double(n).then((d: number) => outside.double(d)).then((d: number) => { if (d > 0) throw new RangeError("too many " + d); return d; })
    .catch((e: Error) => outside.act(e.message)).finally(() => { tidied++; }).then((m: string) => [m, tidied]);`),
    output: ["too many 12", 1],
  },
  {
    title: "a cache of promises at the top of the module",
    source: `const cache = new Map<number, Promise<number>>();
const cached = (id: number): Promise<number> => { const hit = cache.get(id); if (hit) return hit; const made = outside.double(id); cache.set(id, made); return made; };
${run(`const a = await Promise.all([cached(1), cached(2), cached(1)]); await wait.for({ hours: 5 }); const b = await cached(2); return [...a, b, cache.size];`)}`,
    output: [2, 4, 2, 4, 2],
  },
  {
    title: "an async reduce",
    source: run(
      `return [1, 2, 3, 4].reduce(async (sum, x) => (await sum) + (await outside.double(x)), Promise.resolve(0));`,
    ),
    output: 20,
  },
  {
    title: "recursion that fans out",
    source: `async function tree(depth: number, path: string): Promise<number> { if (depth === 0) return (await outside.act(path), 1); const [l, r] = await Promise.all([tree(depth - 1, path + "l"), tree(depth - 1, path + "r")]); return l + r; }
${run(`return tree(3, "");`)}`,
    output: 8,
  },
  {
    title: "a generator that drives awaits",
    source: `function* plan(n: number): Generator<number, string, number> { let sum = 0; for (let i = 1; i <= n; i++) sum += yield i; return "sum " + sum; }
${run(`const steps = plan(n); let next = steps.next(); while (!next.done) next = steps.next(await outside.double(next.value)); return next.value;`)}`,
    output: "sum 12",
  },
  {
    title: "callbacks that are given to a library, which retries them",
    files: {
      "node_modules/again/package.json": `{ "name": "again", "main": "index.js" }`,
      "node_modules/again/index.js": `exports.again = async (fn, times) => { let last; for (let i = 1; i <= times; i++) { try { return await fn(i); } catch (e) { last = e; await new Promise((r) => setTimeout(r, 1)); } } throw last; };
exports.eachPage = async (pages, fn) => { for (const page of pages) await fn(page); };`,
    },
    source: `import { again, eachPage } from "again";
${run(`let tries = 0; const got = await again(async (i: number) => { tries++; await outside.act("try " + i); if (i < 3) throw new Error("not yet"); return i; }, 5);
  const pages: unknown[] = []; await eachPage(["a", "b"], async (page: string) => { pages.push(await outside.act(page)); });
  return { got, tries, pages };`)}`,
    output: { got: 3, tries: 3, pages: ["a", "b"] },
  },
  {
    title: "an event emitter of the author's",
    source: `import { EventEmitter, once } from "node:events";
${run(`const bus = new EventEmitter(); const heard: unknown[] = []; bus.on("item", (x) => heard.push(x)); const done = once(bus, "done");
  for (const i of [1, 2]) bus.emit("item", await outside.double(i)); bus.emit("done", "over"); const [word] = await done; await outside.act("end"); return { heard, word };`)}`,
    output: { heard: [2, 4], word: "over" },
  },
  {
    title: "promises that are made first and awaited later, in another order",
    source: run(
      `const a = outside.act("a", 3); const b = outside.promised(2); const c = outside.act("c"); const last = await c; const rest = await Promise.all([b, a]); return [last, ...rest];`,
    ),
    output: ["c", 2, "a"],
  },
  {
    title: "allSettled, any, and an AggregateError",
    source:
      run(`const settled = await Promise.allSettled([outside.double(1), outside.fail("x"), outside.promised(3)]); const any = await Promise.any([outside.fail("y"), outside.act("ok", 2)]);
  const none = await Promise.any([outside.fail("p"), outside.fail("q")]).catch((e: AggregateError) => e.errors.map((x: Error) => x.message));
  return [settled.map((s) => s.status), any, none];`),
    output: [["fulfilled", "rejected", "fulfilled"], "ok", ["p", "q"]],
  },
  {
    title: "optional chains, nullish assignment, comma and conditional awaits",
    source:
      run(`const api: any = { v1: outside, none: undefined }; let x: any; x ??= await api.v1?.double(n); const y = await api.none?.double(n); let z = 0; z ||= (await outside.act(5), await outside.double(4)); const s = n > 2 ? await outside.act("big") : await outside.act("small");
  return [x, y === undefined, z, s];`),
    output: [6, true, 8, "big"],
  },
  {
    title: "children that fail, are caught, and children within pools",
    source: `export const child = task({ id: "child", retry: { maxAttempts: 1 }, run: async (x: number) => { if (x === 2) throw new Error("no two"); await wait.for({ minutes: x }); return outside.double(x); } });
${run(`const results = await Promise.all([1, 2, 3].map((x) => child.triggerAndWait(x))); const last = await child.triggerAndWait(2).unwrap().catch((e: Error) => e.message);
  return [results.map((r) => (r.ok ? r.output : r.error.message)), last];`)}`,
    output: [[2, "no two", 6], "Error in child: no two"],
  },
  {
    title: "closures in a loop, each with its own counter",
    source:
      run(`const counters = [0, 1, 2].map((start) => { let count = start; return async () => { count += await outside.double(1); return count; }; });
  const first = await Promise.all(counters.map((c) => c())); const second: number[] = []; for (const c of counters) second.push(await c()); return [first, second];`),
    output: [
      [2, 3, 4],
      [4, 5, 6],
    ],
  },
  {
    title: "a deferred promise that one branch resolves for another",
    source:
      run(`let open!: (value: number) => void; const gate = new Promise<number>((resolve) => { open = resolve; });
  const waiter = (async () => (await gate) + (await outside.double(1)))(); const opener = (async () => { await outside.act("before"); open((await outside.double(10)) as number); await outside.act("after"); })();
  const [value] = await Promise.all([waiter, opener]); return value;`),
    output: 22,
  },
  {
    title: "a debounce by setTimeout in the task, and a wait in a callback of an array",
    source:
      run(`const ticks: number[] = []; await new Promise<void>((resolve) => { setTimeout(() => { ticks.push(1); resolve(); }, 2); });
  const done = await Promise.all([1, 2, 3].map(async (i) => { await wait.for({ seconds: i * 30 }); ticks.push(i); return outside.double(i); })); return [ticks, done];`),
    output: [
      [1, 1, 2, 3],
      [2, 4, 6],
    ],
  },
  {
    title: "steps, with a time-out, a check and retries of their own",
    source:
      run(`let polls = 0; const ready = await step("poll", { retry: { maxAttempts: 5, minTimeoutInMs: 5 }, check: (r: any) => r !== "pending" }, async () => { polls++; await outside.act("poll"); return polls < 3 ? "pending" : "ready"; });
  return ready;`),
    world: () => ({ act: async () => turn() }),
    output: "ready",
  },
  {
    title: "a server of the task's own, made live again on its port",
    source: `import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
${run(`const server = await live(async () => { const made = createServer((_q, r) => r.end("own")); made.listen(0, "127.0.0.1"); await once(made, "listening"); return made; });
  const text = await step("ask", () => fetch("http://127.0.0.1:" + (server.address() as AddressInfo).port).then((r) => r.text())); await outside.act("between"); server.close(); server.closeAllConnections(); return text;`)}`,
    output: "own",
  },
  {
    title: "state at the top of the module, over waits of days",
    source: `let calls = 0; const seen: string[] = []; async function note(x: string) { calls++; seen.push(x); return outside.act(x + calls); }
${run(`await note("a"); await wait.for({ days: 1 }); await note("b"); await wait.for({ days: 1 }); await note("c"); return [calls, seen];`)}`,
    output: [3, ["a", "b", "c"]],
  },
  {
    title: "waits within branches within branches",
    source: run(
      `return Promise.all([1, 2].map(async (a) => { const inner = await Promise.all([1, 2].map(async (b) => { const x = await outside.double(a * 10 + b); await wait.for({ minutes: b }); return x + (await outside.double(1)); })); return inner.reduce((sum, x) => sum + x, 0); }));`,
    ),
    output: [50, 90],
  },
  {
    title: "query builders that begin their work when they are awaited, and clients that are proxies",
    world: () => {
      const query = (text: string) => {
        const parts = [text];
        const builder = {
          where(part: string) {
            parts.push(part);
            return builder;
          },
          // biome-ignore lint/suspicious/noThenProperty: it is what such builders have.
          then: (ok: (text: string) => unknown, no: (error: unknown) => unknown) =>
            turn()
              .then(() => parts.join(" "))
              .then(ok, no),
        };
        return builder;
      };
      const api = new Proxy(
        {},
        { get: (_, name) => (name === "then" ? undefined : async (x: unknown) => `${String(name)}${x}`) },
      );
      return { query, api };
    },
    source: run(
      `const begun = outside.query("select"); const a = await begun.where("x"); const b = await outside.query("all").where("y").where("z"); return [a, b, await outside.api.create(1), await outside.api.list(2)];`,
    ),
    output: ["select x", "all y z", "create1", "list2"],
  },
  {
    title: "children found again by their idempotency key, and one that nobody waits for",
    source: `export const child = task({ id: "child", run: async (x: number) => outside.double(x) });
${run(`const key = await idempotencyKeys.create("k"); const a = await child.triggerAndWait(1, { idempotencyKey: key }).unwrap(); const b = await child.triggerAndWait(1, { idempotencyKey: key }).unwrap(); const { id } = await child.trigger(5, { delay: "1h" }); return [a, b, typeof id];`)}`,
    output: [2, 2, "string"],
  },
];
