/** Programs of strangers whose functions somebody else calls: each ends as written, wherever the process dies. */
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "./kit.ts";

/** As `lodash` has it: calls the function when it has as many arguments as that takes. */
const curry = (fn: (...args: unknown[]) => unknown, given: readonly unknown[] = []): unknown =>
  given.length >= fn.length ? fn(...given) : (...more: unknown[]) => curry(fn, [...given, ...more]);

/** A query builder, as `drizzle` has it: what it gives the function has methods, what it takes is no promise. */
class Condition {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toSQL(): string {
    return this.#text;
  }
}
const operators = {
  id: { name: "id", as: () => "id" },
  eq: (column: { name: string }, value: unknown) => new Condition(`${column.name} = ${value}`),
};
const findMany = async (options: { where: (of: typeof operators) => Condition }) => [
  options.where(operators).toSQL(),
];

/** A stream of one value or one error, as `rxjs` has it: the functions give further streams. */
class Stream {
  readonly #begin: () => Promise<unknown>;
  constructor(begin: () => Promise<unknown>) {
    this.#begin = begin;
  }
  static of(value: unknown): Stream {
    return new Stream(async () => value);
  }
  static from(given: unknown): Stream {
    return given instanceof Stream ? given : new Stream(async () => given);
  }
  pipe(operator: (of: Stream) => Stream): Stream {
    return operator(this);
  }
  value(): Promise<unknown> {
    return this.#begin();
  }
}
const catchError = (fn: (error: unknown, caught: Stream) => unknown) => (source: Stream) =>
  new Stream(() => source.value().catch((error: unknown) => Stream.from(fn(error, source)).value()));
const concatMap = (fn: (value: unknown, index: number) => unknown) => (source: Stream) =>
  new Stream(async () => Stream.from(fn(await source.value(), 0)).value());
const firstValueFrom = (stream: Stream) => stream.value();

const programs = [
  {
    title: "a function that is curried is called when it has all its arguments",
    body: `const add = outside.curry((from: string, id: number) => outside.load(id + from.length));
      const { id } = await add("abc")(1);
      const later = outside.curry(async (from: string, id: number) => (await outside.load(id + from.length)).id);
      return [id, await later("abc")(2), (await outside.load(6)).id];`,
    output: [4, 5, 6],
  },
  {
    title: "modules that functions load by name are modules in each pass",
    body: `const loaders: Record<string, () => Promise<any>> = {
        path: () => import("node:path"),
        url: function () { return import("node:url"); },
      };
      const names: string[] = [];
      for (const name of ["path", "url"]) {
        const module = await loaders[name]!();
        await outside.load(names.length);
        names.push(typeof module.default, typeof (module.join ?? module.fileURLToPath));
      }
      const kept = import("node:os");
      const [os, { join }] = await Promise.all([kept, loaders.path!()]);
      const base = await import("node:path").then((path) => path.basename);
      await outside.load(9);
      return [...names, typeof os.tmpdir, join("a", "b"), base("a/b")];`,
    output: ["object", "function", "object", "function", "function", "a/b", "b"],
  },
  {
    title: "what runs with a store of the author's finds it, behind a crash too",
    body: `const { AsyncLocalStorage } = await import("node:async_hooks");
      const storage = new AsyncLocalStorage<{ tenant: string; log: number[] }>();
      const work = async (id: number) => {
        const before = storage.getStore()!;
        before.log.push((await outside.load(id)).id);
        return storage.getStore() === before ? before.tenant : "lost";
      };
      const stores = ["a", "b"].map((tenant) => ({ tenant, log: [] as number[] }));
      const tenants = await Promise.all(stores.map((store, i) => storage.run(store, async () => (await work(i)) + (await work(i + 5)))));
      const short = await storage.run(stores[0]!, () => work(8));
      return [tenants, short, stores.map(({ log }) => log), await storage.exit(async () => storage.getStore() ?? "none")];`,
    output: [
      ["aa", "bb"],
      "a",
      [
        [0, 5, 8],
        [1, 6],
      ],
      "none",
    ],
  },
  {
    title: "an arrow around one call gives a query builder its condition, not a promise of it",
    body: `const first = await outside.findMany({ where: ({ id, eq }: any) => eq(id, 7) });
      await outside.load(1);
      return [...first, ...(await outside.findMany({ where: ({ id, eq }: any) => eq(id, 8) }))];`,
    output: ["id = 7", "id = 8"],
  },
  {
    title: "an operator of a stream gets the stream that an arrow's only call gives",
    body: `const { Stream, catchError, concatMap, firstValueFrom } = outside;
      const rescued = await firstValueFrom(new Stream(() => outside.fail(1)).pipe(catchError((error: Error) => Stream.of(error.message))));
      const loaded = await firstValueFrom(Stream.of(3).pipe(concatMap((id: number) => outside.load(id))));
      const mapped = await firstValueFrom(Stream.of(4).pipe(concatMap((id: number) => Stream.of(id * 2))));
      return [rescued, loaded.id, mapped, (await outside.load(5)).id];`,
    output: ["no 1", 3, 8, 5],
  },
  {
    title: "a promise that an object keeps and gives is that one, and its value the same object",
    body: `class Client {
        #session = outside.load(1);
        session() { return this.#session; }
      }
      const client = new Client();
      const first = await client.session();
      first.calls = 1;
      await outside.load(2);
      (await client.session()).calls++;
      const kept = outside.load(3);
      const get = () => kept;
      return [first.calls, (await client.session()) === first, (await get()) === (await get()), (await outside.load(4)).id];`,
    output: [2, true, true, 4],
  },
  {
    title: "what functions collect that stand deep in a call's options is there behind a crash",
    body: `const used: string[] = [];
      const { said } = await outside.runTools({ model: { name: "m" }, tools: [
        { type: "function", function: { name: "hold", function: async ({ q }: any) => { used.push("hold " + q); return (await outside.load(q)).id; } } },
        { name: "book", run: async (q: number) => { await outside.load(q); used.push("book " + q); return q * 10; } },
      ] });
      await outside.load(9);
      return [said, ...used];`,
    output: [[1, 10], "hold 1", "book 1"],
  },
  {
    title: "what a plain function says to a call that tries again counts, behind a crash too",
    body: `const asked: number[] = []; let tries = 0;
      const id = await outside.retry(async () => {
        const got = await outside.load(++tries);
        if (tries < 3) throw Object.assign(new Error("later"), { status: 503 });
        return got.id;
      }, { shouldRetry: (error: any) => { asked.push(tries); return error.status === 503; } });
      return [id, ...asked, tries, (await outside.load(9)).id];`,
    output: [3, 1, 2, 3, 9],
  },
  {
    title:
      "what one function gave or threw is that very object for the next, with its methods, behind a wait too",
    body: `class Refused extends Error { get retryable() { return this.message !== "no 3"; } }
      class Page { constructor(readonly at: number) {} next() { return this.at < 3 ? this.at + 1 : undefined; } }
      const seen: string[] = []; const pages = new WeakMap<object, number>();
      const fails = (n: number) => outside.retry(async () => { await outside.load(n); seen.push("try"); if (seen.length < 3 || n === 3) throw new Refused("no " + n); await wait.for({ seconds: 5 }); return n; }, { shouldRetry: (error: Refused) => { seen.push(error.message); return error.retryable; } });
      const got = await fails(1);
      const last = await fails(3).catch((error: Error) => error.message);
      const found = await outside.paginate(async (at: number) => { const page = new Page((await outside.load(at)).id); pages.set(page, at * 10); await wait.for({ seconds: 5 }); return page; }, (page: Page) => { seen.push("page " + pages.get(page)); return page.next(); });
      return [got, last, found, ...seen, (await outside.load(9)).id];`,
    output: [1, "no 3", 3, "try", "no 1", "try", "try", "no 3", "page 10", "page 20", "page 30", 9],
  },
  {
    title: "a symbol of the program's own is told apart, also as what a promise gives",
    body: `const TIMEOUT = Symbol("timeout"), CLOSED = Symbol("closed");
      const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
      const late = await Promise.race([outside.never(), sleep(2).then(() => TIMEOUT)]);
      await outside.load(1);
      const takers: ((item: unknown) => void)[] = [];
      const take = () => new Promise<unknown>((got) => takers.push(got));
      const seen: unknown[] = [late === TIMEOUT];
      const reader = (async () => { for (;;) { const item: any = await take(); if (item === CLOSED) return "closed"; seen.push(item.id); } })();
      for (const id of [2, 3]) { const item = await outside.load(id); takers.shift()!(item); await outside.load(4); }
      takers.shift()!(CLOSED);
      return [await reader, ...seen, (await outside.load(5)).id];`,
    output: ["closed", true, 2, 3, 5],
  },
];

test.each(programs)("$title", async ({ body, output }) => {
  const load = async (id: number) => ({ id });
  const fail = async (id: number) => {
    throw Object.assign(new Error(`no ${id}`), { status: 404 });
  };
  // Within the testkit's patience, and longer than a machine under load takes for what it is raced against.
  const never = () => new Promise((done) => setTimeout(done, 1_200, "late"));
  // As the clients of language models have it.
  const runTools = async ({ tools }: { tools: Readonly<Record<string, never>>[] }) => {
    const [hold, book] = tools as unknown as [
      { function: { function: (given: { q: number }) => Promise<number> } },
      { run: (q: number) => Promise<number> },
    ];
    await load(0);
    return { said: [await hold.function.function({ q: 1 }), await book.run(1)] };
  };
  // As `p-retry` has it.
  const retry = async (
    fn: () => Promise<unknown>,
    { shouldRetry }: { shouldRetry: (error: unknown) => boolean },
  ) => {
    for (;;)
      try {
        return await fn();
      } catch (error) {
        if (!shouldRetry(error)) throw error;
      }
  };
  const paginate = async (fetch: (at: unknown) => Promise<unknown>, nextOf: (page: unknown) => unknown) => {
    let count = 0;
    for (let at: unknown = 1; at !== undefined; count++) at = nextOf(await fetch(at));
    return count;
  };
  outside({
    paginate,
    retry,
    runTools,
    load,
    never,
    fail,
    curry,
    findMany,
    Stream,
    catchError,
    concatMap,
    firstValueFrom,
  });
  const kit = await kitOf(`${imports}\nexport const t = task({ id: "t", run: async () => { ${body} } });`);
  const plain = await kit.run("t");
  expect(plain.error).toBeUndefined();
  expect(plain.output).toEqual(output);
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});
