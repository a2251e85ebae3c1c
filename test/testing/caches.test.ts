/** `createCache`: what is cached is got once in a run, also behind a crash, and stays in the run where the store is in memory. */
import { expect, test } from "vitest";
import { createCache, InMemoryCache } from "../../sdk/index.ts";
import { imports, kitOf, outside } from "./kit.ts";

const head = `${imports} import { createCache, InMemoryCache } from "holdfast";
const memory = new InMemoryCache();
const cached = createCache(memory);
`;

/** An outside that counts what is asked of it. */
const counting = () => {
  const asked: string[] = [];
  const world = outside({ load: async (id: string) => (asked.push(id), { id, n: asked.length }) });
  return { asked, world };
};

test("what is in memory is asked for once in a run, and again in the next", async () => {
  const { asked } = counting();
  const kit = await kitOf(
    `${head}export const t = task({ id: "t", run: async () => {
      const load = (id: string) => cached(id, async () => await outside.load(id));
      const first = await load("a"); await wait.for({ days: 1 });
      return [first.id, (await load("a")).id, (await load("b")).id, (await load("a")).id];
    } });`,
  );
  for (const run of [1, 2]) {
    expect((await kit.run("t")).output).toEqual(["a", "a", "b", "a"]);
    expect(asked.length).toBe(2 * run);
  }
});

test.each([
  ["an async function of one's own", "async () => (await outside.load(id)).id"],
  ["a plain function of one's own", "() => outside.load(id)"],
  ["a function of somebody else's", "outside.load.bind(outside, id)"],
])("no crash asks again for what is recorded: %s", async (_, fn) => {
  counting();
  const kit = await kitOf(
    `${head}export const t = task({ id: "t", run: async () => {
      const load = (id: string) => cached(id, ${fn});
      const all = [];
      for (const id of ["a", "b", "a", "b"]) all.push(typeof (await load(id)));
      return all;
    } });`,
  );
  expect((await kit.crashEverywhere("t", undefined, { seeds: 4 })).findings).toEqual([]);
});

test("the calls of a store of one's own are checkpoints, and its entries outlast the run", async () => {
  counting();
  const entries = new Map<string, unknown>();
  Object.assign(globalThis, {
    entries: {
      get: async (key: string) => entries.get(key),
      set: async (key: string, value: unknown) => void entries.set(key, value),
    },
  });
  const kit = await kitOf(
    `${imports} import { createCache } from "holdfast";
    const store = (globalThis as any).entries;
    const cached = createCache({ get: (key) => store.get(key), set: (key, entry) => store.set(key, entry), delete: () => {} });
    export const t = task({ id: "t", run: async () => (await cached("k", async () => await outside.load("k"))).n });`,
  );
  const first = await kit.run("t");
  expect(first.output).toBe(1);
  expect(first.calls.filter(({ recorded }) => recorded).length).toBe(3);
  expect(entries.get("k")).toEqual({
    value: { id: "k", n: 1 },
    metadata: { createdTime: expect.any(Number) },
  });
  expect((await kit.run("t")).output).toBe(1);
});

test("outside of a run a cache is a cache", async () => {
  const cached = createCache(new InMemoryCache<number>());
  let made = 0;
  const get = () => cached("k", () => ++made);
  expect([await get(), await get(), made]).toEqual([1, 1, 1]);
  const memory = new InMemoryCache<number>();
  memory.set("k", { value: 1, metadata: { createdTime: 1 } });
  memory.delete("k");
  expect(await memory.get("k")).toBeUndefined();
});

test("what is in memory can be asked for within a step", async () => {
  const { asked } = counting();
  const kit = await kitOf(
    `${head}export const t = task({ id: "t", run: async () => {
      const load = () => cached("a", async () => await outside.load("a"));
      return [(await load()).id, await step("inside", async () => (await load()).id)];
    } });`,
  );
  expect((await kit.run("t")).output).toEqual(["a", "a"]);
  expect(asked.length).toBe(1);
});
