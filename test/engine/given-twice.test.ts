/**
 * Design §5.4, identity: an object that a library gives to two calls is one object in the program, live as in replay. Each
 * program is crashed at each of its store calls.
 */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

/** A library with requests under way, as classes made in the run keep them. */
function givingLibrary(world: () => World) {
  const delay = (ms: number) => new Promise<void>((resolve) => void world().clock.after(ms, resolve));
  const made: number[] = [];
  class Cache {
    readonly #open = new Map<number, Promise<unknown>>();
    #tries = 0;
    get(key: number): Promise<unknown> {
      const open = this.#open.get(key) ?? this.#make(key);
      this.#open.set(key, open);
      return open;
    }
    async #make(key: number): Promise<unknown> {
      made.push(key);
      await delay(1);
      if (key === 0 && this.#tries++ === 0) {
        this.#open.delete(key);
        throw new Error("shaky");
      }
      return key > 9 ? { key, list: [], long: "x".repeat(500_000) } : { key, list: [] };
    }
  }
  /** As `dataloader`: asks for all keys of a turn at once, and keeps what it gave. */
  class Loader {
    readonly #load: (keys: number[]) => Promise<unknown[]>;
    readonly #open = new Map<number, Promise<unknown>>();
    #hits: (() => void)[] = [];
    #waiting: { key: number; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];
    constructor(load: (keys: number[]) => Promise<unknown[]>) {
      this.#load = load;
    }
    load(key: number): Promise<unknown> {
      const open = this.#open.get(key);
      if (open !== undefined) return new Promise((resolve) => this.#hits.push(() => resolve(open)));
      const made = this.#ask(key);
      this.#open.set(key, made);
      return made;
    }
    #ask(key: number): Promise<unknown> {
      return new Promise((resolve, reject) => {
        if (this.#waiting.push({ key, resolve, reject }) === 1) process.nextTick(() => this.#flush());
      });
    }
    #flush(): void {
      const batch = this.#waiting.splice(0);
      const hits = this.#hits.splice(0);
      this.#load(batch.map(({ key }) => key)).then(
        (values) => {
          for (const hit of hits) hit();
          batch.forEach(({ resolve }, index) => void resolve(values[index]));
        },
        (error) => batch.forEach(({ reject }) => void reject(error)),
      );
    }
  }
  const row = async (key: number) => {
    made.push(key);
    await delay(1);
    return { key, list: [] as number[] };
  };
  return { Cache, Loader, row, made, sleep: delay };
}

const programs: readonly (readonly [string, string, unknown])[] = [
  [
    "two calls at once that are given one promise get one object",
    `const cache = new lib.Cache(); const [a, b] = await Promise.all([cache.get(1), cache.get(1)]); a.list.push(1); await lib.sleep(1); return [a === b, b.list];`,
    [true, [1]],
  ],
  [
    "so do three, in branches that go on by themselves, also behind a wait",
    `const cache = new lib.Cache(); const seen = new Set<any>(); await Promise.all([1, 2, 3].map(async (n) => { const one = await cache.get(1); one.list.push(n); seen.add(one); })); await wait.for({ hours: 1 }); await lib.sleep(1); return [seen.size, [...seen][0].list];`,
    [1, [1, 2, 3]],
  ],
  [
    "a call whose promise is awaited later",
    `const cache = new lib.Cache(); const first = cache.get(1), second = cache.get(1); await lib.sleep(5); const [a, b] = [await second, await first]; return a === b;`,
    true,
  ],
  [
    "a value that is too large for the journal",
    `const cache = new lib.Cache(); const [a, b] = await Promise.all([cache.get(10), cache.get(10)]); await lib.sleep(1); return [a === b, b.long.length];`,
    [true, 500_000],
  ],
  [
    "a promise that is rejected is nobody's: each call is tried again by itself",
    `const cache = new lib.Cache(); const [a, b] = await Promise.all([cache.get(0), cache.get(0)]); return [a.key, b.key];`,
    [0, 0],
  ],
  [
    "a loader of the run's that is asked for one key twice",
    `const loader = new lib.Loader(async (keys: number[]) => Promise.all(keys.map((key) => lib.row(key)))); const [a, b, c] = await Promise.all([loader.load(1), loader.load(1), loader.load(2)]); a.list.push(1); await lib.sleep(1); return [a === b, b.list, c.key];`,
    [true, [1], 2],
  ],
  [
    "what a cache gives when the first call has its record is a copy, live as in replay",
    `const cache = new lib.Cache(); const a = await cache.get(1); await lib.sleep(1); const b = await cache.get(1); return [a === b, b.key];`,
    [false, 1],
  ],
];

test.each(programs)("%s", async (_title, body, expected) => {
  const source = `export const job = task({ id: "given", retry: { maxAttempts: 20, minTimeoutInMs: 1 }, run: async () => { ${body} } });`;
  const { bad } = await everyCrash(source, givingLibrary, "given", null, expected);
  expect(bad).toEqual([]);
});

test("a loader that was cut off makes again what it had begun, and nothing that is recorded", async () => {
  let world: World | undefined;
  const lib = givingLibrary(() => world as World);
  const source = `export const job = task({ id: "cut", run: async () => { const loader = new lib.Loader(async (keys: number[]) => Promise.all(keys.map((key) => lib.row(key)))); const all = await Promise.all([1, 1, 2, 1, 3].map((key) => loader.load(key))); return new Set(all).size; } });`;
  // The three rows are recorded by then, and no load is.
  const made = bench(source, lib, {
    strike: (call) => (call === "append" && ++appends === 4 ? "before" : undefined),
  });
  world = made.world;
  let appends = 0;
  const run = await made.run("cut");
  expect(await made.output(run)).toBe(3);
  expect(lib.made).toEqual([1, 2, 3]);
});

test("a call that shares an object has a record that holds none, and is not made on replay", async () => {
  let world: World | undefined;
  const lib = givingLibrary(() => world as World);
  const source = `export const job = task({ id: "shared", run: async () => { const cache = new lib.Cache(); const [a, b] = await Promise.all([cache.get(10), cache.get(10)]); await wait.for({ hours: 1 }); return a === b; } });`;
  const made = bench(source, lib);
  world = made.world;
  const run = await made.run("shared");
  expect(await made.output(run)).toBe(true);
  expect(lib.made).toEqual([10]);
});
