/** Small programs as somebody would write them who wants to see a journal fail. Each is crashed everywhere. */

/** A program, and the outside world that it finds as `globalThis.outside`. */
export interface Program {
  readonly title: string;
  readonly source: string;
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly packages?: readonly string[];
  readonly world?: () => object;
  readonly output: unknown;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A world whose calls are made in a few turns, and do the same each time. */
export function usualWorld() {
  return {
    effects: [] as string[],
    async act(what: unknown, turns = 1): Promise<unknown> {
      for (let left = turns; left > 0; left--) await turn();
      this.effects.push(String(what));
      return what;
    },
    async double(n: number): Promise<number> {
      await turn();
      this.effects.push(`double ${n}`);
      return n * 2;
    },
    async fail(message: string): Promise<never> {
      await turn();
      this.effects.push(`fail ${message}`);
      throw Object.assign(new Error(message, { cause: new TypeError("the cause") }), { code: "E_FAIL" });
    },
    async fill(target: { items?: unknown[] }, item: unknown): Promise<void> {
      await turn();
      this.effects.push(`fill ${item}`);
      target.items ??= [];
      target.items.push(item);
    },
    async user(id: number): Promise<object> {
      await turn();
      return { id, name: `user ${id}`, at: new Date(0), tags: new Set(["a", id]), of: new Map([[id, [id]]]) };
    },
    promised: (n: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(n), 1)),
  };
}

const run = (
  body: string,
): string => `export const t = task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 10, randomize: false }, run: async (n: number) => {
${body}
} });`;

export const programs: readonly Program[] = [
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
    title: "class methods with this, getters, private fields and inheritance",
    source: `abstract class Base { protected log: string[] = []; abstract name(): string; async step(x: number) { const r = await outside.double(x); this.log.push(this.name() + r); return this; } }
class Counter extends Base { #total = 0; static made = 0; constructor(readonly by: number) { super(); Counter.made++; } name() { return "c"; } get total() { return this.#total; }
  override async step(x: number) { await super.step(x); this.#total += await outside.double(this.by); return this; } bound = async () => { this.#total += (await outside.act(100)) as number; }; }
${run(`const c = new Counter(n); await c.step(1); await (await c.step(2)).step(3); const { bound } = c; await bound(); return { total: c.total, log: (c as any).log, made: Counter.made };`)}`,
    output: { total: 118, log: ["c2", "c4", "c6"], made: 1 },
  },
  {
    title: "recursion that fans out",
    source: `async function tree(depth: number, path: string): Promise<number> { if (depth === 0) return (await outside.act(path), 1); const [l, r] = await Promise.all([tree(depth - 1, path + "l"), tree(depth - 1, path + "r")]); return l + r; }
${run(`return tree(3, "");`)}`,
    output: 8,
  },
  {
    title: "changes made in place by awaited calls",
    source:
      run(`const box: { items?: unknown[] } = {}; await outside.fill(box, "a"); const alias = box.items; await outside.fill(box, "b"); await wait.for({ days: 1 }); await outside.fill(box, "c");
  return { same: alias === box.items, items: box.items };`),
    output: { same: true, items: ["a", "b", "c"] },
  },
  {
    title: "objects as keys of a Map, and shared references",
    source:
      run(`const users = await Promise.all([1, 2].map((id) => outside.user(id))); const visits = new Map<object, number>();
  for (const u of [users[0], users[1], users[0]]) visits.set(u, (visits.get(u) ?? 0) + 1);
  await outside.act("later"); return users.map((u: any) => [visits.get(u), u.at instanceof Date, u.tags.has(u.id), u.of.get(u.id)[0]]);`),
    output: [
      [2, true, true, 1],
      [1, true, true, 2],
    ],
  },
  {
    title: "errors with causes, classes of the author's, and re-throws",
    source: `class Wrapped extends Error { constructor(message: string, readonly detail: object, options?: ErrorOptions) { super(message, options); this.name = "Wrapped"; } }
async function risky() { try { return await outside.fail("boom"); } catch (error) { throw new Wrapped("wrapped", { at: 7 }, { cause: error }); } }
${run(`try { await risky(); } catch (error: any) { await outside.act("seen"); return [error instanceof Wrapped, error.detail.at, error.cause.message, error.cause.code, error.cause.cause instanceof TypeError]; }`)}`,
    output: [true, 7, "boom", "E_FAIL", true],
  },
  {
    title: "a finally and a compensation run once",
    source: run(`let compensated = 0; let tidied = 0; await outside.act("reserve");
  try { await outside.act("charge"); await outside.fail("declined"); } catch { await outside.act("refund"); compensated++; } finally { await outside.act("release"); tidied++; }
  return [compensated, tidied];`),
    output: [1, 1],
  },
  {
    title: "loops with labels, continue, break, switch and destructuring defaults",
    source: run(`const seen: string[] = [];
  outer: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { if (b === 2 && a === 1) continue outer; if (a === 3) break outer; const { v = await outside.double(b), w = v + 1 }: { v?: number; w?: number } = a === 2 ? {} : { v: 9 };
    switch (await outside.act(a * 10 + b)) { case 11: seen.push("x"); case 21: seen.push("y" + v + w); break; default: seen.push("z" + v); } } }
  return seen;`),
    output: ["x", "y910", "y23", "z4", "z6"],
  },
  {
    title: "a generator that drives awaits",
    source: `function* plan(n: number): Generator<number, string, number> { let sum = 0; for (let i = 1; i <= n; i++) sum += yield i; return "sum " + sum; }
${run(`const steps = plan(n); let next = steps.next(); while (!next.done) next = steps.next(await outside.double(next.value)); return next.value;`)}`,
    output: "sum 12",
  },
  {
    title: "helpers across files, default exports and re-exports",
    files: {
      "lib/index.ts": `export { default as first, second } from "./parts.ts"; export * as all from "./parts.ts";`,
      "lib/parts.ts": `declare const outside: any; export default async function first(x: number) { return (await outside.double(x)) + 1; } export const second = async (x: number, { by = 2 } = {}) => (await first(x)) * by;`,
    },
    source: `import { all, first, second } from "../lib/index.ts";
${run(`return [await first(n), await second(n), await all.second(n, { by: 10 })];`)}`,
    output: [7, 14, 70],
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
    title: "chance and time that come out again",
    source: run(
      `const id = crypto.randomUUID(); const draw = Math.random(); await outside.act("x"); const later = Date.now(); await outside.act(id); await outside.act(draw); return typeof id + (draw < 1) + (Date.now() >= later);`,
    ),
    output: "stringtruetrue",
  },
  {
    title: "optional chains, nullish assignment, comma and conditional awaits",
    source:
      run(`const api: any = { v1: outside, none: undefined }; let x: any; x ??= await api.v1?.double(n); const y = await api.none?.double(n); let z = 0; z ||= (await outside.act(5), await outside.double(4)); const s = n > 2 ? await outside.act("big") : await outside.act("small");
  return [x, y === undefined, z, s];`),
    output: [6, true, 8, "big"],
  },
  {
    title: "a Response that is read after the crash",
    world: () => ({
      fetched: 0,
      async get(): Promise<Response> {
        await turn();
        return new Response(JSON.stringify({ items: [1, 2] }), { status: 201, headers: { "x-page": "7" } });
      },
    }),
    source: run(
      `const response = await outside.get(); await wait.for({ hours: 1 }); const { status, headers } = response; const { items } = await response.json(); return [status, headers.get("x-page"), items, response.ok];`,
    ),
    output: [201, "7", [1, 2], true],
  },
  {
    title: "a map of functions, called by name, with call, apply and bind",
    source: `async function add(this: { by: number }, x: number) { return (await outside.double(x)) + this.by; }
const actions: Record<string, (x: number) => Promise<number>> = { twice: async (x) => outside.double(x), inc: async (x) => (await outside.double(x)) + 1 };
${run(`const names = ["twice", "inc"]; let x = n; for (const name of names) x = await (actions[name] as any)(x); const five = { by: 5 }; return [x, await add.call(five, 1), await add.apply(five, [2]), await add.bind(five)(3)];`)}`,
    output: [13, 7, 9, 11],
  },
  {
    title: "an async iterator of the author's own class",
    source: `class Pages implements AsyncIterator<number> { #page = 0; async next(): Promise<IteratorResult<number>> { if (this.#page >= 3) return { done: true, value: undefined }; return { done: false, value: await outside.double(++this.#page) }; } [Symbol.asyncIterator]() { return this; } }
${run(`const pages = new Pages(); const out: number[] = []; for (let step = await pages.next(); !step.done; step = await pages.next()) out.push(step.value); return out;`)}`,
    output: [2, 4, 6],
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
    title: "an async generator of the author's, and for await over promises",
    source: `async function* pages(): AsyncGenerator<number> { for (let i = 1; i < 4; i++) yield await outside.double(i); }
${run(`const out: number[] = []; for await (const page of pages()) out.push(page); for await (const x of [outside.double(5), outside.double(6)]) out.push(x); return out;`)}`,
    output: [2, 4, 6, 10, 12],
  },
  {
    title: "a resource that is disposed of by await using",
    source: `class Resource { disposed = 0; async [Symbol.asyncDispose]() { this.disposed++; await outside.act("dispose"); } async use() { return outside.double(4); } }
${run(`let made!: Resource; let used = 0; { await using resource = new Resource(); made = resource; used = await resource.use(); } return [used, made.disposed];`)}`,
    output: [8, 1],
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
