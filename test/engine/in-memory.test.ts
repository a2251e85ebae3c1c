/**
 * Design §5.4, §5.8: what happens in memory while something is awaited happens again on replay. Each program is crashed
 * just before and just after each of its store calls, and must give what it gives without a crash.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keepingLibrary } from "./keeping-library.ts";
import { bench, everyCrash } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-memory-"));
const file = join(folder, "big.txt");
writeFileSync(file, "x".repeat(300_000));
afterAll(() => rmSync(folder, { recursive: true }));

/** Title, body of `run`, and what it gives. */
const programs: readonly (readonly [string, string, unknown])[] = [
  [
    "a function that a library gave back wrapped",
    `const memo = lib.memo(async (k: number) => { await lib.sleep(1); return await lib.get(k); }); const a = await memo(1); const b = await memo(2); const c = await memo(1); return [a, b, c];`,
    [10, 20, 10],
  ],
  [
    "a function that a constructor was given, called in batches",
    `const l = new lib.Loader(async (ks: number[]) => Promise.all(ks.map((k) => lib.get(k)))); const a = await Promise.all([l.get(1), l.get(2)]); const b = await l.get(3); return [a, b];`,
    [[10, 20], 30],
  ],
  [
    "a listener that fills a list within an awaited call",
    `const out: number[] = []; const r = new lib.Runner(); r.on("x", (n: number) => { out.push(n); }); await r.run(); await lib.sleep(1); return out;`,
    [1, 2, 3],
  ],
  [
    "an async listener, the last of its invocations cut off",
    `const out: number[] = []; const r = new lib.Runner(); r.on("x", async (n: number) => { out.push(await lib.get(n)); }); await r.run(); await lib.sleep(50); return out;`,
    [10, 20, 30],
  ],
  [
    "chunks collected from a stream within a promise",
    `const out: string[] = []; const s = lib.stream(); await new Promise<void>((res, rej) => { s.on("data", (c: unknown) => out.push(String(c))); s.on("end", () => res()); s.on("error", rej); }); await lib.sleep(1); await lib.sleep(2); return out.join("");`,
    "abc",
  ],
  [
    "chunks of a file collected within a promise",
    `const out: string[] = []; const s = lib.fileStream(); await new Promise<void>((res, rej) => { s.on("data", (c: unknown) => out.push(String(c))); s.on("end", () => res()); s.on("error", rej); }); await lib.sleep(1); await lib.sleep(2); return out.join("").length;`,
    300000,
  ],
  [
    "chunks of a file collected by a listener beside the promise",
    `const out: string[] = []; const s = lib.fileStream(); s.on("data", (c: unknown) => out.push(String(c))); await new Promise<void>((res, rej) => { s.on("end", res); s.on("error", rej); }); await lib.sleep(1); await lib.sleep(2); return out.join("").length;`,
    300000,
  ],
  [
    "an object that an awaited call fills, and a list in it",
    `const o: any = { list: [] }; const list = o.list; await lib.fill(o); await lib.sleep(1); return [o.x, list];`,
    [5, [1, 2]],
  ],
  [
    "a list that two awaited calls push to",
    `const o: number[] = []; await lib.push(o); await lib.push(o); await lib.sleep(1); return o;`,
    [1, 1],
  ],
  [
    "a buffer that an awaited call reads into",
    `const b = Buffer.alloc(3); const n = await lib.read(b); await lib.sleep(1); return [n, b.toString()];`,
    [3, "xyz"],
  ],
  [
    "an object made in the run, changed by its own method",
    `const d = new lib.Doc("n"); await d.save(); await lib.sleep(1); return d.id;`,
    7,
  ],
  [
    "a library's iterator moved by hand",
    `const it = lib.pages(); const out: unknown[] = []; for (;;) { const r = await it.next(); if (r.done) break; out.push(r.value); await lib.sleep(1); } return out;`,
    [1, 2, 3],
  ],
  [
    "a library's iterator moved by hand, the first step before the loop",
    `const it = lib.pages()[Symbol.asyncIterator](); const out: unknown[] = []; let r = await it.next(); while (!r.done) { out.push(r.value); r = await it.next(); } return out;`,
    [1, 2, 3],
  ],
  [
    "a library's iterator moved several times at once",
    `const it = lib.pages(); const rs = await Promise.all([it.next(), it.next(), it.next()]); await lib.sleep(1); const last = await it.next(); return [rs.map((r: any) => r.value), last.done];`,
    [[1, 2, 3], true],
  ],
  [
    "a library's iterator that fails once: the next attempt goes on behind the recorded items",
    `const it = lib.failingPages(); const out: unknown[] = []; for (;;) { const r = await it.next(); if (r.done) break; out.push(r.value); } return out;`,
    [1, 2, 3],
  ],
  [
    "the reader of a response's body",
    `const res = await lib.response(); const reader = res.body.getReader(); let text = ""; for (;;) { const { done, value } = await reader.read(); if (done) break; text += new TextDecoder().decode(value); await lib.sleep(1); } return text;`,
    "hello world",
  ],
  [
    "an event waited for beside the call that gives it",
    `const e = new lib.Runner(); const p = lib.once(e, "x"); const q = e.run(); const [v] = await p; await q; await lib.sleep(1); return v;`,
    1,
  ],
  [
    "a queue that is given functions and waited for",
    `const q = new lib.Queue(); const out: number[] = []; for (const n of [1, 2, 3]) q.add(async () => { out.push(await lib.get(n)); }); await q.idle(); await lib.sleep(1); return out;`,
    [10, 20, 30],
  ],
  [
    "a set that an awaited call adds to",
    `const seen = new Set<number>(); await lib.visit(seen); await lib.sleep(1); return [...seen];`,
    [1],
  ],
  [
    "what a call that fails did to its arguments",
    `const log: string[] = []; try { await lib.failing(log); } catch (e) { await lib.sleep(1); return [log, (e as Error).message]; } return 0;`,
    [["tried"], "bad"],
  ],
  [
    "a call with callbacks within a promise",
    `const out: number[] = []; await new Promise<void>((res) => lib.callbacks((n: number) => { out.push(n); }, () => res())); await lib.sleep(1); return out;`,
    [1, 2],
  ],
  [
    "a counter in a function that a constructor was given",
    `let n = 0; const tick = async () => { n += await lib.get(1); }; const kept = new lib.Ticker(tick); await kept.run(); await lib.sleep(1); return n;`,
    20,
  ],
  [
    "a sum made by a plain callback without any call in it",
    `let total = 0; await lib.each([1, 2, 3], (n: number) => { total += n; }); await lib.sleep(1); return total;`,
    6,
  ],
  [
    "a sum made by a listener",
    `let total = 0; const r = new lib.Runner(); r.on("x", (n: number) => { total += n; }); await r.run(); await lib.sleep(1); return total;`,
    6,
  ],
  [
    "a listener that fills a field of its object",
    `class A { seen: number[] = []; async go() { const r = new lib.Runner(); r.on("x", (n: number) => this.seen.push(n)); await r.run(); await lib.sleep(1); return this.seen; } } return new A().go();`,
    [1, 2, 3],
  ],
  [
    "a listener within a call that fails once: what it was told before is not told again",
    `const out: number[] = []; const r = new lib.Flaky(); r.on("x", (n: number) => { out.push(n); }); await r.run(); await lib.sleep(1); return out;`,
    [1, 2],
  ],
  [
    "a wait within a function that a library keeps",
    `const out: number[] = []; const t = new lib.Ticker(async () => { await wait.for({ minutes: 5 }); out.push(1); }); await t.run(); return out;`,
    [1, 1],
  ],
  [
    "a result that is one of the arguments stays that object",
    `const o: any = { n: 1 }; const r = await lib.same(o); r.n = 2; await lib.sleep(1); return o.n;`,
    2,
  ],
  [
    "a result that is the receiver stays that object",
    `const d = new lib.Doc("n"); const e = await d.save(); e.name = "changed"; await lib.sleep(1); return [d.name, d.id, d === e];`,
    ["changed", 7, true],
  ],
  [
    "what an argument holds keeps its identity",
    `const o: any = { a: { b: [] } }; const b = o.a.b; await lib.deep(o); await lib.sleep(1); return [b, o.a.b === b, o.a.m instanceof Map];`,
    [[{ c: 1 }], true, true],
  ],
  [
    "an object that three calls fill at once",
    `const o: any = {}; await Promise.all([lib.setKey(o, "a", 3), lib.setKey(o, "b", 1), lib.setKey(o, "c", 2)]); await lib.sleep(1); return Object.keys(o).sort();`,
    ["a", "b", "c"],
  ],
  [
    "an argument changed before and behind the first turn of a call that is awaited later",
    `const o: number[] = []; const p = lib.pushTwice(o); await lib.sleep(5); await p; await lib.sleep(1); return o;`,
    [1, 2],
  ],
  [
    "an emitter of the author's own",
    `const e = new lib.Runner(); const out: number[] = []; e.on("x", async (n: number) => { out.push(await lib.get(n)); }); e.emit("x", 4); await lib.sleep(30); e.emit("x", 5); await lib.sleep(30); return out;`,
    [40, 50],
  ],
  [
    "a listener that only prints",
    `const lines: string[] = []; const r = new lib.Runner(); r.on("x", (n: number) => { logger.info("at " + n); }); await r.run(); return lines;`,
    [],
  ],
];

test.each(programs)("%s", async (_title, body, expected) => {
  const { runs, bad } = await everyCrash(
    `task({ id: "t", run: async () => { ${body} } });`,
    (world) => keepingLibrary(world, file),
    "t",
    undefined,
    expected,
    { realIo: body.includes("fileStream") },
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(3);
});

test("what a call did to its arguments is spilled when it is large, and read back", async () => {
  const { run, output, world } = bench(
    `task({ id: "t", run: async () => { const o: { list: string[] } = { list: [] }; await lib.fill(o); await wait.for({ hours: 1 }); return o.list.length; } });`,
    { fill: async (o: { list: string[] }) => void o.list.push(..."y".repeat(50_000)) },
  );
  const ended = await run("t");
  expect(await output(ended)).toBe(50_000);
  const [record] = (await world.records(ended.id)).filter(({ kind }) => kind === "result");
  expect(record).toMatchObject({ changes: { ref: expect.any(String) } });
});

test("a call that changes nothing leaves nothing of its arguments in the journal but their fingerprint", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await lib.look({ secretOfTheArgument: [1, 2, 3] }); } });`,
    { look: async () => 1 },
  );
  const [record] = (await world.records((await run("t")).id)).filter(({ kind }) => kind === "result");
  expect(record).not.toHaveProperty("changes");
  expect(record).not.toHaveProperty("same");
});

test("a change that cannot be recorded is told with the place and the argument", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { const o: Record<string, unknown> = {}; await lib.attach(o); } });`,
    { attach: async (o: Record<string, unknown>) => Object.assign(o, { socket: () => {} }).list },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect(world.printed.join("\n")).toMatch(/HF303 lib\.attach at .*the change of argument 1/);
});
