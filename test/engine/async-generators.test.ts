/**
 * Async generators of the author's: their awaits are checkpoints, whoever goes through them. Each program is crashed just
 * before and just after each of its store calls, and must give what it gives without a crash.
 */
import { describe, expect, test } from "vitest";
import { type Counts, iteratingLibrary } from "./iterating-library.ts";
import { everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

/** Title, code of the module, body of `run`, and what it gives. */
const programs: readonly (readonly [string, string, string, unknown])[] = [
  [
    "a generator with awaits between its yields",
    `async function* pages(from: number) { for (let n = from; n < from + 3; n++) yield await lib.get(n); }`,
    `const out: unknown[] = []; for await (const page of pages(1)) { out.push(page); await lib.send(page); } return out;`,
    [10, 20, 30],
  ],
  [
    "a promise that is yielded, and one that is returned",
    `async function* two() { yield lib.get(1); const p = lib.get(2); yield p; return lib.get(3); }`,
    `const it = two(); const a = await it.next(); const b = await it.next(); const c = await it.next(); await lib.sleep(1); return [a, b, c];`,
    [
      { value: 10, done: false },
      { value: 20, done: false },
      { value: 30, done: true },
    ],
  ],
  [
    "yield* over a generator, a list and a library's iterable",
    `async function* inner() { yield await lib.get(1); return "r"; } async function* all(): AsyncGenerator<unknown> { const r = yield* inner(); yield r; yield* [lib.get(2), 5]; yield* lib.rows(2); }`,
    `const out: unknown[] = []; for await (const x of all()) { out.push(x); await lib.sleep(1); } return out;`,
    [10, "r", 20, 5, 1, 2],
  ],
  [
    "yield* gives what something synchronous returns, and hands on what it is sent",
    `function* inner(): Generator<unknown, number, number> { const sent = yield lib.get(1); return sent + 1; } class Box { constructor(readonly value: number) {} *[Symbol.iterator](): Generator<never, number> { return this.value; } }
     async function* all(): AsyncGenerator<unknown, unknown, any> { const a = yield* inner(); const b = yield* new Box(5); return [a, b]; }`,
    `const it = all(); const first = await it.next(); await lib.sleep(1); return [first.value, (await it.next(7)).value];`,
    [10, [8, 5]],
  ],
  [
    "break: the finally of the generator runs once, with its awaits",
    `async function* tidy(log: unknown[]) { try { for (let n = 1; ; n++) yield await lib.get(n); } finally { log.push(await lib.send("tidy")); } }`,
    `const log: unknown[] = []; for await (const x of tidy(log)) if (x === 20) break; await lib.sleep(1); return log;`,
    ["tidy"],
  ],
  [
    "an error in the generator, caught in the consumer",
    `async function* bad() { yield await lib.get(1); throw new Error("bad"); }`,
    `const out: unknown[] = []; try { for await (const x of bad()) out.push(x); } catch (e) { await lib.sleep(1); out.push((e as Error).message); } return out;`,
    [10, "bad"],
  ],
  [
    "values given to next, return and throw",
    `async function* talk() { let got: unknown = yield await lib.get(1); for (;;) { try { got = yield [got, await lib.get(2)]; } catch (e) { got = (e as Error).message; } } }`,
    `const t = talk(); const out: unknown[] = [(await t.next()).value]; out.push((await t.next("x")).value); out.push((await t.throw(new Error("y"))).value); out.push(await t.return("z" as never)); await lib.sleep(1); return out;`,
    [10, ["x", 20], ["y", 20], { value: "z", done: true }],
  ],
  [
    "generators in a row, with a wait in the middle",
    `async function* source() { for (const n of [1, 2, 3]) yield n; } async function* doubled(items: AsyncIterable<number>) { for await (const n of items) { if (n === 2) await wait.for({ hours: 2 }); yield (await lib.get(n)) * 2; } }`,
    `const out: unknown[] = []; for await (const x of doubled(source())) out.push(x); return out;`,
    [20, 40, 60],
  ],
  [
    "two generators going on at once, with a shared list",
    `async function* each(log: unknown[], n: number) { for (let i = 1; i <= 2; i++) { log.push([n, i]); yield await lib.get(n * i); } }`,
    `const log: unknown[] = []; const take = async (n: number) => { const out: unknown[] = []; for await (const x of each(log, n)) out.push(x); return out; }; const got = await Promise.all([take(1), take(2)]); return [got, log];`,
    [
      [
        [10, 20],
        [20, 40],
      ],
      [
        [1, 1],
        [2, 1],
        [1, 2],
        [2, 2],
      ],
    ],
  ],
  [
    "a method with defaults, this and arguments",
    `class Shop { readonly base = 2; async *items(count = this.base, { step = lib.get(1) }: any = {}) { const by = await step; for (let i = 0; i < count; i++) yield this.base + i * by + arguments.length; } }`,
    `const out: unknown[] = []; for await (const x of new Shop().items()) { out.push(x); await lib.sleep(1); } return out;`,
    [2, 12],
  ],
  [
    "given to a library that goes through it",
    ``,
    `let count = 0; async function* rows() { for (let n = 1; n <= 3; n++) { count++; yield await lib.get(n); } } const got = await lib.drain(rows()); await lib.sleep(1); return [got, count];`,
    [[10, 20, 30], 3],
  ],
  [
    "a generator function given to a library, with a list that it fills",
    ``,
    `const seen: unknown[] = []; const got = await lib.pipeList([1, 2], async function* (items: number[]) { for (const n of items) { seen.push(n); yield await lib.get(n); } }); await lib.sleep(1); return [got, seen];`,
    [
      [10, 20],
      [1, 2],
    ],
  ],
  [
    "a generator function given to a library with a stream",
    ``,
    `const got = await lib.pipe(lib.rows(2), async function* (items: AsyncIterable<number>) { for await (const n of items) yield n * 3; }); await lib.sleep(1); return got;`,
    [3, 6],
  ],
  [
    "in a library's generator around the author's own",
    `async function* numbers() { yield await lib.get(1); yield await lib.get(2); }`,
    `const out: unknown[] = []; for await (const x of lib.upper(numbers())) { out.push(x); await lib.sleep(1); } return out;`,
    ["<10>", "<20>"],
  ],
  [
    "an attempt that fails in the consumer: the generator's finally waits for the last attempt",
    `async function* lines() { try { yield await lib.get(1); yield await lib.get(2); } finally { await lib.send("over"); } }`,
    `const out: unknown[] = []; for await (const x of lines()) { out.push(x); if (ctx.attempt.number < 2) throw new Error("again"); } return out;`,
    [10, 20],
  ],
];

describe("async generators are durable", () => {
  test.each(programs)("%s", async (_title, code, body, expected) => {
    const counts: Counts = { opened: 0, read: [], closed: 0, sent: [] };
    const make = (world: () => World) => iteratingLibrary(world, counts);
    const source = `${code}\nexport const p = task({ id: "p", retry: { maxAttempts: 3, minTimeoutInMs: 10, randomize: false }, run: async (_: unknown, { ctx }: any) => { ${body} } });`;
    const { bad, runs } = await everyCrash(source, make, "p", null, expected);
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(4);
    // At most once more, where it was cut off.
    expect(counts.sent.filter((what) => what === "over").length).toBeLessThanOrEqual(2 * (2 * runs + 1));
  });
});
