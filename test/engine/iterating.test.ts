/**
 * Design §5.5: `for await`. Each program is crashed just before and just after each of its store calls, and must give
 * what it gives without a crash.
 */
import { describe, expect, test } from "vitest";
import { type Counts, iteratingLibrary } from "./iterating-library.ts";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

/** Title, body of `run`, and what it gives. */
const programs: readonly (readonly [string, string, unknown])[] = [
  [
    "a library's generator, with an effect for each item",
    `const out: unknown[] = []; for await (const row of lib.rows()) out.push(row, await lib.send("s" + row)); return out;`,
    [1, "s1", 2, "s2", 3, "s3"],
  ],
  [
    "a stream that was opened by an awaited call",
    `const stream = await lib.openText(); let text = ""; for await (const part of stream) { text += part; await lib.sleep(1); } return text;`,
    "abc",
  ],
  [
    "a page promise, as paginating clients give",
    `const out: number[] = []; for await (const item of lib.list()) out.push(item); await lib.sleep(1); return out;`,
    [1, 2, 3],
  ],
  [
    "a Node stream and a web stream",
    `let text = ""; for await (const part of lib.readable()) text += part; for await (const part of lib.web()) { text += part; await lib.sleep(1); } return text;`,
    "xyzpq",
  ],
  [
    "a list of promises",
    `const out: number[] = []; for await (const n of lib.promises(1, 2, 3)) { out.push(n); await lib.send(n); } return out;`,
    [1, 2, 3],
  ],
  [
    "a map of calls, and a set of plain values",
    `const out: unknown[] = []; for await (const n of [1, 2].map((x) => lib.get(x))) out.push(n); for await (const n of new Set([7, 8])) out.push(n, await lib.get(n)); return out;`,
    [10, 20, 7, 70, 8, 80],
  ],
  [
    "break, continue and a label",
    `const out: unknown[] = []; outer: for await (const a of lib.rows(9)) { if (a === 2) continue; for await (const b of lib.rows(9)) { if (b === 2) continue outer; out.push([a, b], await lib.get(b)); if (a === 4) break outer; } } await lib.sleep(1); return out;`,
    [[1, 1], 10, [3, 1], 10, [4, 1], 10],
  ],
  [
    "return out of the loop",
    `const first = async () => { for await (const row of lib.rows()) { await lib.sleep(1); if (row === 2) return row; } return 0; }; const got = await first(); return [got, await lib.get(got)];`,
    [2, 20],
  ],
  [
    "an error thrown in the loop and caught behind it",
    `try { for await (const row of lib.rows()) { await lib.sleep(1); if (row === 2) throw new Error("two"); } } catch (e) { await lib.sleep(1); return (e as Error).message; } return 0;`,
    "two",
  ],
  [
    "an error thrown in the loop: the next attempt goes on in it",
    `const out: number[] = []; for await (const row of lib.rows()) { out.push(await lib.get(row)); if (row === 2 && ctx.attempt.number === 1) throw new Error("once"); } return out;`,
    [10, 20, 30],
  ],
  [
    "a source that fails once: the next attempt goes on behind the recorded items",
    `const out: unknown[] = []; for await (const row of lib.failing()) out.push(row); return out;`,
    [1, 2],
  ],
  [
    "items that are live themselves",
    `const out: unknown[] = []; for await (const page of lib.pages()) { await lib.sleep(1); out.push(page.name, await page.read()); } await lib.sleep(1); return out;`,
    ["one", "text of one", "two", "text of two"],
  ],
  [
    "an iterator moved by hand, then gone through",
    `const it = lib.rows(4); const first = await it.next(); const out: unknown[] = [first.value]; for await (const row of it) { out.push(row); await lib.sleep(1); } return out;`,
    [1, 2, 3, 4],
  ],
  [
    "two loops at once",
    `const each = async (n: number) => { const out: unknown[] = []; for await (const row of lib.rows(n)) out.push(await lib.get(row)); return out; }; return await Promise.all([each(2), each(3)]);`,
    [
      [10, 20],
      [10, 20, 30],
    ],
  ],
  [
    "a wait in the loop",
    `const out: unknown[] = []; for await (const row of lib.rows()) { out.push(row); await wait.for({ hours: 1 }); } return out;`,
    [1, 2, 3],
  ],
  [
    "destructured items with a default, into variables that exist",
    `let a = 0, b = 0; const out: unknown[] = []; for await ({ a, b = await lib.get(a) } of [{ a: 1 }, { a: 2, b: 5 }]) out.push(a, b, await lib.get(b)); return out;`,
    [1, 10, 100, 2, 5, 50],
  ],
  [
    "an iterable class of the author's, with awaits in it",
    `class Repo { constructor(readonly n: number) {} async *[Symbol.asyncIterator]() { for (let i = 1; i <= this.n; i++) yield await lib.get(i); } } const out: unknown[] = []; for await (const row of new Repo(3)) { out.push(row); await lib.send(row); } return out;`,
    [10, 20, 30],
  ],
  [
    "an iterator of the author's written by hand",
    `const count = { at: 0, [Symbol.asyncIterator]() { return this; }, async next() { this.at = this.at + 1; const value = await lib.get(this.at); return { done: this.at > 2, value }; }, async return() { await lib.send("left"); return { done: true, value: 0 }; } }; const out: unknown[] = []; for await (const n of count) { out.push(n); if (n === 20) break; } return [out, await lib.get(9)];`,
    [[10, 20], 90],
  ],
];

const source = (body: string): string =>
  `export const p = task({ id: "p", retry: { maxAttempts: 3, minTimeoutInMs: 10, randomize: false }, run: async (_: unknown, { ctx }: any) => { ${body} } });`;

const noCounts = (): Counts => ({ opened: 0, read: [], closed: 0, sent: [] });

describe("for await is durable", () => {
  test.each(programs)("%s", async (_title, body, expected) => {
    const make = (world: () => World) => iteratingLibrary(world, noCounts());
    const { bad, runs } = await everyCrash(source(body), make, "p", null, expected);
    expect(bad).toEqual([]);
    expect(runs).toBeGreaterThan(5);
  });
});

/** One run, killed once at a moment that `isNow` chooses. */
async function killed(
  body: string,
  isNow: (counts: Counts) => boolean,
): Promise<Counts & { value: unknown }> {
  const counts = noCounts();
  let done = false;
  const made: ReturnType<typeof bench> = bench(
    source(body),
    iteratingLibrary(() => made.world, counts),
    {
      strike: () => {
        if (done || !isNow(counts)) return undefined;
        done = true;
        return "before";
      },
    },
  );
  const run = await made.run("p");
  return { ...counts, value: await made.output(run) };
}

test("recorded effects in the loop are not repeated, and only items without a record are worked on", async () => {
  const body = `for await (const row of lib.rows()) await lib.send("s" + row); return 1;`;
  const { sent, opened } = await killed(body, ({ read }) => read.length === 3);
  expect(sent.filter((what) => what === "s1")).toHaveLength(1);
  expect(opened).toBe(2);
});

test("a stream that was gone through to its end is not opened again", async () => {
  const body = `const s = await lib.openText(); let text = ""; for await (const part of s) text += part; await lib.send(text); return text;`;
  const { opened, read, value } = await killed(body, ({ sent }) => sent.length === 1);
  expect({ opened, read, value }).toEqual({ opened: 1, read: ["a", "b", "c"], value: "abc" });
});

test("a loop that was left is not opened again", async () => {
  const body = `for await (const row of lib.rows(9)) if (row === 2) break; await lib.send("x"); return 1;`;
  const { opened, closed } = await killed(body, ({ sent }) => sent.length === 1);
  expect({ opened, closed }).toEqual({ opened: 1, closed: 1 });
});

test("what a loop left by break had open is closed", async () => {
  const body = `for await (const row of lib.rows(9)) { await lib.sleep(1); if (row === 2) break; } return 1;`;
  const { closed } = await killed(body, () => false);
  expect(closed).toBe(1);
});

test("an iterable that is gone through twice is opened again for the second loop", async () => {
  const body = `const s = await lib.openText(); let text = ""; for await (const p of s) text += p; await lib.send("1"); for await (const p of s) text += p; return text;`;
  const { value, opened } = await killed(body, ({ sent }) => sent.length === 1);
  expect({ value, opened }).toEqual({ value: "abcabc", opened: 2 });
});

test("what an iterator of the author's awaits when its loop is left happens once, wherever the process dies", async () => {
  const body = `const items = { at: 0, [Symbol.asyncIterator]() { return this; }, async next() { this.at = this.at + 1; return { done: false, value: await lib.get(this.at) }; }, async return() { await lib.get("left"); return { done: true, value: 0 }; } }; for await (const n of items) if (n === 2) break; await lib.get("between"); return lib.get("last");`;
  for (const when of ["before", "after"] as const)
    for (let at = 1, struck = true; struck; at++) {
      struck = false;
      const got: unknown[] = [];
      const lib = { get: async (what: unknown) => [got.push(what), what][1] };
      const strike = (call: string, count: number): typeof when | undefined => {
        if (struck || call !== "append" || count < at) return undefined;
        struck = true;
        return when;
      };
      const { run } = bench(source(body), lib, { strike });
      expect((await run("p")).status).toBe("COMPLETED");
      expect(
        got.filter((what) => what === "left").length,
        `${when} ${at}: ${got.join()}`,
      ).toBeLessThanOrEqual(when === "after" ? 1 : 2);
    }
});
