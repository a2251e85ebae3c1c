/**
 * Design §5.1: a transaction with a callback, and a library that gives an author's function what cannot be recorded, count as a
 * whole. Each program is crashed before and after each call and each write, and must come out as it does without a crash.
 */
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { imports, kitOf, outside } from "../testing/kit.ts";

/** A library whose effects are counted. */
function library() {
  const made: string[] = [];
  const act = async (what: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    made.push(what);
    return what;
  };
  class Message {
    readonly body: string;
    constructor(body: string) {
      this.body = body;
    }
    ack = undefined as unknown;
    done(): Promise<string> {
      return act(`done ${this.body}`);
    }
  }
  let failures = 0;
  return {
    made,
    act,
    lines: () => Readable.from(["a", "b", "c"]),
    transaction: async (fn: (tx: object) => Promise<unknown>) => {
      await act("begin");
      const result = await fn({ insert: (row: string) => act(`insert ${row}`), name: () => "tx" });
      await act("commit");
      return result;
    },
    flakyOnce: async (what: string) => {
      await act(what);
      if (failures++ === 0) throw new Error("deadlock");
      return what;
    },
    consume: async (bodies: string[], fn: (message: object) => Promise<unknown>) => {
      const given: unknown[] = [];
      for (const body of bodies) given.push(await fn({ body, ack: () => act(`ack ${body}`) }));
      return given;
    },
    deliver: async (bodies: string[], fn: (message: Message) => Promise<unknown>) => {
      for (const body of bodies) await fn(new Message(body));
    },
    withSignal: async (fn: (o: { key: string; signal: AbortSignal }) => Promise<unknown>) => {
      await act("lock");
      return fn({ key: "k", signal: new AbortController().signal });
    },
    list: () => {
      const page = act("list");
      const each = async (fn: (x: string) => Promise<unknown>) => {
        await page;
        for (const x of ["a", "b"]) await fn(x);
      };
      return Object.assign(page, { each });
    },
    needs: async (signal: AbortSignal) => act(`signal ${signal.aborted}`),
  };
}

const programs: readonly (readonly [title: string, body: string, output: unknown])[] = [
  [
    "what a transaction's callback does to variables around it is there after a wait",
    `const log: string[] = []; let total = 0; const made = new Map<string, number>();
     const r = await outside.transaction(async (tx: any) => { log.push(await tx.insert("a")); total += 5; made.set(tx.name(), 1); await tx.insert("b"); return log.length; });
     await outside.act("after"); await wait.for({ hours: 1 }); await outside.act("last");
     return [r, log, total, made.size];`,
    [1, ["insert a"], 5, 1],
  ],
  [
    "two transactions at once",
    `const order: string[] = [];
     const rs = await Promise.all(["x", "y"].map((id) => outside.transaction(async (tx: any) => { const r = await tx.insert(id); order.push(r); return r; })));
     await wait.for({ hours: 1 }); return [rs, order.sort()];`,
    [
      ["insert x", "insert y"],
      ["insert x", "insert y"],
    ],
  ],
  [
    "a transaction within a transaction",
    `let n = 0;
     await outside.transaction(async (tx: any) => { await tx.insert("a"); n++; await outside.transaction(async (inner: any) => { await inner.insert("b"); n += 10; }); await tx.insert("c"); n += 100; });
     await wait.for({ hours: 1 }); return n;`,
    111,
  ],
  [
    "messages with a method",
    `const done: string[] = [];
     const r = await outside.consume(["m1", "m2"], async (m: any) => { await outside.act("work " + m.body); await m.ack(); done.push(m.body); return m.body.toUpperCase(); });
     await wait.for({ hours: 1 }); return [r, done];`,
    [
      ["M1", "M2"],
      ["m1", "m2"],
    ],
  ],
  [
    "messages of a class",
    `const done: string[] = [];
     await outside.deliver(["m1", "m2"], async (m: any) => { await m.done(); done.push(m.body); });
     await wait.for({ hours: 1 }); return done;`,
    ["m1", "m2"],
  ],
  [
    "streams that a pipeline hands to generators",
    `let n = 0; const seen: string[] = [];
     await pipeline(outside.lines(), async function* (src: AsyncIterable<string>) { for await (const x of src) { const r = await outside.act("line " + x); seen.push(x); yield r; } }, async (src: AsyncIterable<string>) => { for await (const _ of src) n++; });
     await outside.act("end"); return [n, seen];`,
    [3, ["a", "b", "c"]],
  ],
  [
    "a function given to the later call of a chain whose beginning gives a promise",
    `const each: string[] = [];
     await outside.list().each(async (x: string) => { await outside.act("each " + x); each.push(x); });
     await wait.for({ hours: 1 }); return each;`,
    ["a", "b"],
  ],
  [
    "a signal beside data: each await in the function is a checkpoint",
    `return outside.withSignal(async ({ key, signal }: any) => { await outside.act("a"); const r = await outside.needs(signal); await outside.act("b"); return [key, r, signal.aborted]; });`,
    ["k", "signal false", false],
  ],
];

test.each(programs)("%s: a crash anywhere changes nothing", async (_, body, output) => {
  outside(library());
  const kit = await kitOf(`import { pipeline } from "node:stream/promises";
${imports}
export const t = task({ id: "t", run: async () => { ${body} } });`);
  const plain = await kit.run("t");
  expect(plain).toMatchObject({ status: "COMPLETED", output });
  const { findings } = await kit.crashEverywhere("t", undefined, { seeds: 5 });
  expect(findings).toEqual([]);
});

test("a transaction whose callback fails is tried again as a whole, and what the last try did counts", async () => {
  const world = outside(library());
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => { const log: string[] = [];
  await outside.transaction(async (tx: any) => { log.push("try"); await tx.insert("a"); await outside.flakyOnce("b"); log.push("end"); });
  await wait.for({ hours: 1 }); return log; } });`);
  const { output, status } = await kit.run("t");
  expect({ status, output }).toEqual({ status: "COMPLETED", output: ["try", "end"] });
  expect(world.made).toEqual(["begin", "insert a", "b", "begin", "insert a", "b", "commit"]);
});

test("a library that gives what cannot be recorded is told of on the first run, a transaction by the build", async () => {
  outside(library());
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", run: async () => {
  await outside.transaction(async (tx: any) => { await tx.insert("a"); });
  await outside.consume(["m1"], async (m: any) => { await m.ack(); }); } });`);
  const { warnings } = await kit.run("t");
  expect(kit.problems.map(({ code }) => code)).toEqual(["HF132"]);
  expect(warnings).toMatchObject([{ code: "HF329", file: "tasks/main.ts", line: 6 }]);
});

test("a wait inside of a call that counts as a whole is refused", async () => {
  outside(library());
  const kit = await kitOf(`${imports}
export const t = task({ id: "t", retry: { maxAttempts: 1 }, run: async () => {
  await outside.transaction(async (tx: any) => { await tx.insert("a"); await wait.for({ hours: 1 }); }); } });`);
  const { status, error } = await kit.run("t");
  expect(status).toBe("FAILED");
  expect(error?.message).toContain("HF507");
});
