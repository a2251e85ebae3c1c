/**
 * Design §5.4: what a call changed in place is made again on the same objects, whatever they are and wherever the call has
 * put them, and the author's own changes beside it stay. Each program is crashed at each of its store calls.
 */
import { expect, test } from "vitest";
import { changingLibrary } from "./changing-library.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { WorldOptions } from "./world.ts";

/** Title, body of `run`, what it gives, and in which world. */
const programs: readonly (readonly [string, string, unknown, WorldOptions?])[] = [
  [
    "objects that a call puts in another order keep their state",
    `const rows = [{ id: 1 }, { id: 3 }, { id: 2 }]; const [a, b] = rows; await lib.sort(rows); await lib.sleep(1); return [a!.id, b!.id, rows.indexOf(b!), rows.map((r) => r.id)];`,
    [1, 3, 0, [3, 2, 1]],
  ],
  [
    "what a part of an object fills in that object, which it knows",
    `const book = new lib.Book(); await book.file.load("x", "y"); await lib.sleep(1); await book.file.load("z"); return [book.pages.map((p: any) => p.title), book.shelf.books];`,
    [["z"], []],
  ],
  [
    "what a part of an object made by its constructor keeps for itself",
    `const book = new lib.Book(); const n = await book.shelf.add("x"); await lib.sleep(1); return [n, await book.shelf.add("y"), book.shelf.books];`,
    [1, 2, ["x", "y"]],
  ],
  [
    "what a call takes out of a list stays what it was",
    `const jobs = [{ id: 1 }, { id: 2 }]; const job = jobs[0]!; await lib.take(jobs); await lib.sleep(1); return [job.id, jobs[0]!.id];`,
    [1, 2],
  ],
  [
    "a set of objects has the same objects",
    `const n = { id: 1 }; const m = { id: 2 }; const seen = new Set<unknown>([n]); await lib.mark(seen, m); await lib.sleep(1); return [seen.has(n), seen.has(m), seen.size];`,
    [true, true, 2],
  ],
  [
    "a map is found by the objects that are its keys",
    `const n = { id: 1 }; const map = new Map<unknown, unknown>([[n, 1]]); await lib.put(map, "m", 2); await lib.sleep(1); return [map.get(n), map.get("m")];`,
    [1, 2],
  ],
  [
    "two inputs that a call ties together are tied together",
    `const list: number[] = []; const a: any = { list }, b: any = { list }; await lib.link(a, b); await lib.push(a, 1).catch(() => {}); a.list.push(1); await lib.sleep(1); return [b.list.length, a.list === list];`,
    [1, true],
  ],
  [
    "a frozen object with a list in it",
    `const o = Object.freeze({ list: [] as number[], name: "n" }); await lib.push(o.list, 1); await lib.put(new Map(), o, 1); await lib.link({}, o); await lib.grow(o); await lib.sleep(1); return o.list;`,
    [1, 2],
  ],
  [
    "an object with accessors",
    `const o = { list: [] as number[], get size() { return this.list.length; } }; await lib.grow(o); await lib.sleep(1); return [o.size, o.list];`,
    [1, [2]],
  ],
  [
    "an accessor that throws and that the library never reads",
    `const o = { list: [], get bad(): number { throw new Error("read"); } }; return await lib.look(1, o);`,
    1,
  ],
  [
    "a URL, a list of parameters, headers and a form",
    `const u = new URL("http://a/"), p = new URLSearchParams("a=1"), h = new Headers(), f = new FormData(); await lib.sign(u); for (const x of [p, h, f]) await lib.append(x); await lib.sleep(1); return [u.href, p.toString(), h.get("sig"), f.get("sig")];`,
    ["http://a/?sig=1", "a=1&sig=1", "1", "1"],
  ],
  [
    "bytes without a view",
    `const b = new ArrayBuffer(2); await lib.fill(b); await lib.sleep(1); return [...new Uint8Array(b)];`,
    [7, 7],
  ],
  [
    "a list with a hole and a field of its own",
    `const o: any = [1, , 3]; o.tag = "x"; await lib.push(o, 4); await lib.sleep(1); return [o.length, 1 in o, o.tag];`,
    [4, false, "x"],
  ],
  [
    "an object of the author's class below a library's",
    `class J extends (lib.Doc as any) { n = 0; async go() { this.n += await lib.look(1, 0); } } const j: any = new J(); await j.save(); await j.go(); await lib.sleep(1); return [j.id, j.n];`,
    [7, 1],
  ],
  [
    "what the author counts while calls look at the counters, with a slow store",
    `const stats = { done: 0 }; await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => { await lib.look(n, stats); stats.done++; })); await lib.sleep(1); return stats.done;`,
    6,
    { latencyMs: 5 },
  ],
  [
    "what the author counts while a call changes the same object, with a slow store",
    `const o: any = { n: 0, list: [] }; await Promise.all([...[1, 1, 2].map(async (ms) => { await lib.look(ms, 0); o.n++; }), lib.grow(o)]); await lib.sleep(1); return [o.n, o.list];`,
    [3, [2]],
    { latencyMs: 5 },
  ],
];

const cases = programs.map(([title, body, expected, options]) => ({ title, body, expected, options }));

test.each(cases)("$title", async ({ body, expected, options }) => {
  const { runs, bad } = await everyCrash(
    `task({ id: "t", run: async () => { ${body} } });`,
    (world) => ({
      ...changingLibrary(world),
      grow: (o: { list: number[] }) =>
        new Promise<void>((done) => void world().clock.after(1, () => done(void o.list.push(2)))),
    }),
    "t",
    undefined,
    expected,
    options,
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(2);
});

test("a state is recorded with the moment at which it was that, and says which objects it is of", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { const a = { n: 1 }; const list = [a, { n: 2 }]; await lib.reverse(list); } });`,
    { reverse: async (list: unknown[]) => void list.reverse() },
  );
  const [record] = (await world.records((await run("t")).id)).filter(({ kind }) => kind === "result");
  expect(record).toMatchObject({ changedAt: { after: 0, order: 0 } });
  expect(JSON.stringify(record)).toContain('["held",[0,1,2,1,1,1]]'.replaceAll('"', '\\"'));
});

test("what an object was given belongs to whoever made it: its state is not recorded", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { const book = new lib.Book(lib.shelf()); await book.shelf.add("x"); } });`,
    changingLibrary(() => world),
  );
  const [record] = (await world.records((await run("t")).id)).filter(({ kind }) => kind === "result");
  expect(record).not.toHaveProperty("changes");
});
