/**
 * Design §5.1: a promise that is made by hand around calls that call back is one unit, and what its functions do to the
 * variables around it is recorded with it. What the rest of the program settles stays as it is written.
 */
import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";
import type { World } from "./world.ts";

type Done = (error: Error | null, value?: unknown) => void;

/** An interface that calls back, in the world that `world` gives; `made` counts its effects. */
function callingBack(world: () => World, made: string[] = []): Record<string, unknown> {
  const after = (ms: number, fn: () => void): void => void world().clock.after(ms, fn);
  let failures = 0;
  return {
    sleep: (ms: number) => new Promise<void>((resolve) => after(ms, resolve)),
    charge: (cents: number, done: Done) => {
      made.push(`charge ${cents}`);
      after(1, () => done(null, { receipt: cents }));
    },
    flaky: (done: Done) => {
      made.push("flaky");
      after(1, () => (failures++ === 0 ? done(new Error("busy")) : done(null, 1)));
    },
    answer: (done: Done) => {
      made.push("answer");
      after(1, () => done(null, { ok: made.length > 1 }));
    },
    rows: (each: (row: { n: number }) => void, done: Done) => {
      made.push("rows");
      after(1, () => each({ n: 1 }));
      after(2, () => each({ n: 2 }));
      after(3, () => (failures++ === -1 ? done(new Error("busy")) : done(null)));
    },
    brokenRows: (each: (row: number) => void, done: Done) => {
      made.push("rows");
      after(1, () => each(1));
      after(2, () => (failures++ === 0 ? done(new Error("busy")) : done(null)));
    },
    subscribe: (fn: () => void) => {
      made.push("subscribe");
      after(1, fn);
      return () => "stopped";
    },
    spawn: () => {
      made.push("spawn");
      const child = new EventEmitter();
      after(1, () => child.emit("data", "x"));
      after(2, () => child.emit("data", "y"));
      after(3, () => child.emit("close", 0));
      return child;
    },
    emitter: new EventEmitter(),
    makeEmitter: () => new EventEmitter(),
    get: (n: number) => new Promise((resolve) => after(1, () => resolve(n * 10))),
  };
}

/** Title, functions beside `run`, its body, and what it gives. */
const programs: readonly (readonly [string, string, string, unknown])[] = [
  [
    "a call that calls back",
    "",
    `const r: any = await new Promise((res, rej) => lib.charge(7, (e: unknown, v: unknown) => (e ? rej(e) : res(v)))); await lib.sleep(1); return r.receipt;`,
    7,
  ],
  [
    "rows that a callback collects, and a count",
    "",
    `const rows: any[] = []; let count = 0; await new Promise<void>((res, rej) => { lib.rows((row: any) => { rows.push(row); count += row.n; }, (e: unknown) => (e ? rej(e) : res())); }); rows.push({ n: 9 }); await lib.sleep(1); return [rows.map((r) => r.n), count];`,
    [[1, 2, 9], 3],
  ],
  [
    "rows that the promise gives stay the list that they are",
    "",
    `const rows: any[] = []; const same: any = await new Promise((res) => lib.rows((row: any) => rows.push(row), () => res(rows))); same.push({ n: 3 }); await lib.sleep(1); return [rows.length, same === rows];`,
    [3, true],
  ],
  [
    "a try that fails leaves nothing behind in the variables",
    "",
    `const rows: number[] = []; let n = 0; await new Promise<void>((res, rej) => lib.brokenRows((row: number) => { rows.push(row); n++; }, (e: unknown) => (e ? rej(e) : res()))); await lib.sleep(1); return [rows, n];`,
    [[1], 1],
  ],
  [
    "a child's output, all within the promise",
    "",
    `const out = await new Promise((res) => { let text = ""; const child = lib.spawn(); child.on("data", (d: string) => { text += d; }); child.on("close", () => res(text)); }); await lib.sleep(1); return out;`,
    "xy",
  ],
  [
    "a helper that returns such a promise, awaited later",
    `const charge = (cents: number) => new Promise((res, rej) => { lib.charge(cents, (e: unknown, v: unknown) => (e ? rej(e) : res(v))); });
     function chargeAll(list: number[]) { return Promise.all(list.map((cents) => charge(cents))); }`,
    `const first = charge(1); const all: any = await chargeAll([2, 3]); const one: any = await first; await lib.sleep(1); return [one.receipt, all.map((r: any) => r.receipt)];`,
    [1, [2, 3]],
  ],
  [
    "an async helper that returns one",
    `async function charge(cents: number) { return new Promise((res) => lib.charge(cents, (_: unknown, v: unknown) => res(v))); }`,
    `const one: any = await charge(4); await lib.sleep(1); return one.receipt;`,
    4,
  ],
  [
    "a variable that is given what cannot be recorded: made again in each pass",
    "",
    `let stop: any; await new Promise<void>((res) => { stop = lib.subscribe(res); }); await lib.sleep(1); await wait.for({ hours: 1 }); return stop();`,
    "stopped",
  ],
  [
    "a symbol of the program's own",
    `const TIMEOUT = Symbol("timeout");`,
    `const v = await new Promise((res) => lib.charge(1, () => res(TIMEOUT))); await lib.sleep(1); return v === TIMEOUT;`,
    true,
  ],
  [
    "a deferred that another part of the program settles",
    "",
    `let open: any; const gate = new Promise<number>((res) => { open = res; }); const p = (async () => { await lib.sleep(5); open(3); })(); const v = await gate; await p; await lib.sleep(1); return v;`,
    3,
  ],
  [
    "a lock by hand: its waiters are settled by whoever gives it back",
    `class Lock { held = false; waiters: (() => void)[] = [];
       async take() { if (!this.held) { this.held = true; return; } await new Promise<void>((res) => { this.waiters.push(res); }); }
       give() { const next = this.waiters.shift(); if (next) next(); else this.held = false; } }`,
    `const lock = new Lock(); const out: number[] = []; await Promise.all([1, 2, 3].map(async (n) => { await lock.take(); out.push(n); await lib.sleep(1); lock.give(); })); return out;`,
    [1, 2, 3],
  ],
  [
    "a list that a helper of the author's keeps its waiters in",
    `const waiters: (() => void)[] = []; const later = (fn: () => void) => { waiters.push(fn); };`,
    `const list: (() => void)[] = []; const park = (fn: () => void) => { list.push(fn); }; const p = (async () => { await wait.for({ hours: 1 }); for (const fn of list) fn(); })(); await new Promise<void>((res) => { park(res); }); await p; return list.length;`,
    1,
  ],
  [
    "a promise that the program's own emitter settles behind a wait",
    "",
    `const e = lib.makeEmitter(); const p = (async () => { await wait.for({ hours: 1 }); e.emit("go", 4); })(); const v = await new Promise((res) => { e.once("go", res); lib.subscribe(() => {}); }); await p; await lib.sleep(1); return v;`,
    4,
  ],
  [
    "a callback that goes on with an async function of the author's, which waits",
    `async function save(n: number) { await wait.for({ hours: 1 }); return await lib.get(n); }`,
    `const v = await new Promise((res, rej) => lib.charge(7, (_: unknown, r: any) => { save(r.receipt).then(res, rej); })); await lib.sleep(1); return v;`,
    70,
  ],
  [
    "an async function of the author's called at once",
    `async function save(n: number) { await wait.for({ hours: 1 }); return await lib.get(n); }`,
    `const v = await new Promise((res, rej) => { save(2).then(res, rej); }); await lib.sleep(1); return v;`,
    20,
  ],
  [
    "a function of the author's that the promise's helper is given",
    `const each = (fn: (row: any) => void) => new Promise<void>((res) => lib.rows(fn, () => res()));`,
    `const rows: number[] = []; await each((row: any) => { rows.push(row.n); }); await lib.sleep(1); return rows;`,
    [1, 2],
  ],
  [
    "promises at once that fill one list",
    "",
    `const out: number[] = []; await Promise.all([1, 2].map(async (n) => { await new Promise<void>((res) => lib.charge(n, (_: unknown, r: any) => { out.push(r.receipt); res(); })); })); await lib.sleep(1); return out;`,
    [1, 2],
  ],
];

test.each(programs)("%s", async (_title, beside, body, expected) => {
  const source = `${beside}\ntask({ id: "t", run: async () => { ${body} } });`;
  const { runs, bad } = await everyCrash(source, callingBack, "t", undefined, expected);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(2);
});

/** Runs a program with a wait in it, and gives what its library was called for. */
async function effectsOf(
  body: string,
  beside = "",
): Promise<{ made: string[]; kinds: string[]; printed: string }> {
  const made: string[] = [];
  const here: { world?: World } = {};
  const { run, world } = bench(
    `${beside}\ntask({ id: "t", run: async () => { ${body} await wait.for({ hours: 1 }); await lib.sleep(1); } });`,
    callingBack(() => here.world as World, made),
  );
  here.world = world;
  const ended = await run("t");
  expect(ended.status).toBe("COMPLETED");
  const records = await world.records(ended.id);
  return { made, kinds: records.map(({ kind }) => kind), printed: world.printed.join("\n") };
}

test("what the promise's function calls is called once, also where the run waits behind it", async () => {
  const { made, kinds } = await effectsOf(
    `await new Promise((res, rej) => lib.charge(7, (e: unknown, v: unknown) => (e ? rej(e) : res(v))));`,
  );
  expect(made).toEqual(["charge 7"]);
  expect(kinds.filter((kind) => kind === "result")).toHaveLength(3);
});

test("a helper's promise, too", async () => {
  const { made } = await effectsOf(
    `await charge(7); await Promise.all([charge(8), charge(9)]);`,
    `function charge(cents: number) { return new Promise((res) => lib.charge(cents, (_: unknown, v: unknown) => res(v))); }`,
  );
  expect(made).toEqual(["charge 7", "charge 8", "charge 9"]);
});

test("one that fails is tried again as one unit", async () => {
  const { made, kinds } = await effectsOf(
    `await new Promise((res, rej) => lib.flaky((e: unknown, v: unknown) => (e ? rej(e) : res(v))));`,
  );
  expect(made).toEqual(["flaky", "flaky"]);
  expect(kinds.filter((kind) => kind === "try")).toHaveLength(1);
});

test("a result that looks like a failure, and that the program throws for, is asked for again", async () => {
  const { made } = await effectsOf(
    `const r: any = await new Promise((res) => lib.answer((_: unknown, v: unknown) => res(v))); if (!r.ok) throw new Error("not ok");`,
  );
  expect(made).toEqual(["answer", "answer"]);
});

test("within it idempotencyKey() is the unit's, the same in each of its tries", async () => {
  const keys: unknown[] = [];
  const here: { world?: World } = {};
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await new Promise<void>((res, rej) => lib.pay({ key: idempotencyKey() }, (e: unknown) => (e ? rej(e) : res()))); } });`,
    {
      pay: ({ key }: { key: unknown }, done: Done) => {
        keys.push(key);
        here.world?.clock.after(1, () => done(keys.length < 3 ? new Error("busy") : null));
      },
    },
  );
  here.world = world;
  expect((await run("t")).status).toBe("COMPLETED");
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test("where it is none, each call within it has a key of its own", async () => {
  const keys: unknown[] = [];
  const { run } = bench(
    `task({ id: "t", run: async () => {
      const begin = (done: () => void) => {
        let tail = Promise.resolve();
        for (const n of [1, 2]) tail = tail.then(async () => { await lib.pay({ n, key: idempotencyKey() }); });
        tail.then(() => done());
      };
      await new Promise<void>((done) => { begin(done); });
    } });`,
    { pay: async ({ key }: { key: unknown }) => void keys.push(key) },
  );
  expect((await run("t")).status).toBe("COMPLETED");
  expect([keys.length, new Set(keys).size]).toEqual([2, 2]);
});

test("where it cannot be one unit only the first run can know, that says so", async () => {
  const { printed } = await effectsOf(
    `const list: (() => void)[] = []; const park = (fn: () => void) => { list.push(fn); lib.charge(1, () => fn()); }; await new Promise<void>((res) => { park(res); });`,
  );
  expect(printed).toMatch(/HF139 new Promise at /);
});
