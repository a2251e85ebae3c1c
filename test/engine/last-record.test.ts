/** The last record of a run goes with the run's end, and no await, call or other end comes before it is durable. */
import { describe, expect, test } from "vitest";
import { Journal } from "../../engine/journal.ts";
import type { Ports, Store } from "../../engine/ports.ts";
import { toText } from "../../engine/record.ts";
import { Writer } from "../../engine/writer.ts";
import { claimed } from "../contract/runs.ts";
import { type Bench, bench } from "./tasks.ts";
import { World, type WorldOptions } from "./world.ts";

const joined = { joinsLast: true } as const;

/** How often a run of this body writes: entries of its journal, and its head. */
async function writes(body: string, options: WorldOptions = joined, lib: Record<string, unknown> = {}) {
  const made = bench(
    `const work = (i) => lib.work(i);
     const noted = [];
     task({ id: "t", run: async (payload) => { ${body} } });`,
    { work: async (i: number) => ({ id: i }), write: () => undefined, ...lib },
    options,
  );
  const run = await made.run("t", { count: 3, name: "n" });
  const records = await made.world.records(run.id);
  return {
    ...{ run, appends: made.world.counts.get("append"), head: made.world.counts.get("write") },
    results: records.filter(({ kind }) => kind === "result").length,
    output: await made.output(run),
  };
}

describe("a run that completes writes its last record with its end", () => {
  test.each([
    ["a loop", `for (let i = 0; i < 3; i++) await work(i); return "done";`, "done"],
    [
      "a sum of what is awaited",
      `let sum = 0; for (let i = 0; i < 3; i++) sum += (await work(i)).id; return sum;`,
      3,
    ],
    [
      "members of the result",
      `await work(0); await work(1); const { id } = await work(2); return { id, n: payload.name };`,
      { id: 2, n: "n" },
    ],
    ["a call that is returned", `await work(0); await work(1); return work(2);`, { id: 2 }],
    [
      "steps, each with a function of its round",
      `let r; for (let i = 0; i < 3; i++) r = await step("s" + i, async () => work(i)); return r;`,
      { id: 2 },
    ],
    [
      "a choice",
      `await work(0); await work(1); const r = await work(2); if (r.id === 2) return "two"; return "other";`,
      "two",
    ],
  ])("%s", async (_, body, output) => {
    expect(await writes(body)).toMatchObject({ appends: 2, head: 2, results: 3, output });
    expect(await writes(body, {})).toMatchObject({ appends: 3, head: 2, results: 3, output });
  });
});

describe("a record is durable before anything that could be seen", () => {
  test.each([
    ["a synchronous call", `await work(0); lib.write(); return 1;`],
    [
      "a call in a later round",
      `for (let i = 0; i < 1; i++) { if (i > 0) lib.write(); await work(0); } return 1;`,
    ],
    ["a line of the author's", `await work(0); console.log("done"); return 1;`],
    ["an object from outside that is changed", `await work(0); lib.state = 1; return 1;`],
    [
      "a function that sees the variables",
      `let r; const see = () => r; lib.see = see; r = await work(0); return 1;`,
    ],
    ["a catch", `try { await work(0); } catch { lib.write(); } return 1;`],
    ["a call of somebody's object in text", `await work(0); return \`\${lib}\`;`],
    ["a returned object that may be thenable", `await work(0); return lib.thing;`],
    ["an output that is no plain data", `const { date } = lib; await work(0); return [date];`],
    ["an output with a getter", `const { getting } = lib; await work(0); return { getting };`],
    ["an output that is large", `const { long } = lib; await work(0); return { long };`],
    ["an await of something that is no call", `await work(0); await lib.promise; return 1;`],
    ["another call under way", `const other = work(1); await work(0); await other; return 1;`],
  ])("%s", async (_, body) => {
    const lib = {
      thing: { a: 1 },
      date: new Date(0),
      long: "x".repeat(2_000),
      getting: {
        get a() {
          return 1;
        },
      },
      promise: Promise.resolve(1),
      toString: () => "lib",
    };
    const { appends, results } = await writes(body, joined, lib);
    expect(appends).toBe(results);
  });

  test("hooks", async () => {
    const { run, world } = bench(
      `const work = (i) => lib.work(i);
       task({ id: "t", onSuccess: async () => {}, run: async () => { await work(0); } });`,
      { work: async (i: number) => i },
      joined,
    );
    await run("t");
    expect(world.counts.get("append")).toBe(2);
  });
});

describe("a record that was delivered ahead is in the journal where the run does not complete", () => {
  test("an error behind it fails the run, four attempts later", async () => {
    const { run, appends, results } = await writes("const r = await work(0); return r.missing.id;");
    expect([run.status, run.lastRecord, appends, results]).toEqual(["FAILED", undefined, 1 + 4, 1]);
  });

  test("the run is put away behind it", async () => {
    const body = "await work(0); await wait.for({ days: 1 }); return 1;";
    expect(await writes(body)).toMatchObject({ results: 2, appends: 3, output: 1 });
  });

  test("another record is written only when it is durable, and gets the number behind it", async () => {
    const { clock, store } = new World();
    const lease = await claimed(store);
    const empty = { kind: "empty", t: 0, by: "p0", epoch: 1 } as const;
    await store.append(lease, { number: 1, epoch: 1, data: toText(empty) });
    const journal = new Journal();
    const ports = { store, clock } as unknown as Ports;
    const order: number[] = [];
    const append: Store["append"] = async (to, entry) => {
      for (let turns = entry.number === 2 ? 9 : 0; turns > 0; turns--) await new Promise(setImmediate);
      order.push(entry.number);
      return store.append(to, entry);
    };
    journal.add(1, empty);
    const writer = new Writer({ ...ports, store: { ...store, append } }, lease, journal, () => {}, true);
    expect(writer.hold({ kind: "empty" })).toBe(2);
    expect(await writer.write({ kind: "empty" })).toBe(3);
    expect(order).toEqual([2, 3]);
    expect((await store.journal(lease.runId, 0)).entries.map(({ number }) => number)).toEqual([1, 2, 3]);
  });
});

describe("crashes", () => {
  /** Each call gives another id, and gets the one before. */
  const chained = `const next = (before) => lib.next(before);
    task({ id: "t", run: async () => { let last = 0; for (let i = 0; i < 4; i++) last = await next(last); return last; } });`;

  async function crashed(at: number, strike: "before" | "after", latencyMs: number) {
    let calls = 0;
    const begun: number[] = [];
    let ids = 0;
    const lib = {
      next: async (before: number) => {
        begun.push(before);
        return ++ids;
      },
    };
    const options = { ...joined, latencyMs, strike: () => (++calls === at ? strike : undefined) } as const;
    const made: Bench = bench(chained, lib, options);
    const run = await made.run("t");
    const records = await made.world.records(run.id);
    const values = records.flatMap((each) => (each.kind === "result" ? [JSON.stringify(each.value)] : []));
    return { run, begun, values, output: await made.output(run), isOver: calls < at };
  }

  test.each([0, 7])(
    "at each call of the store, with a latency of up to %i ms: what was gone on with is recorded",
    async (latencyMs) => {
      for (let at = 1, isOver = false; !isOver; at++) {
        for (const strike of ["before", "after"] as const) {
          const found = await crashed(at, strike, latencyMs);
          isOver = found.isOver;
          expect(found.run.status).toBe("COMPLETED");
          expect(found.values).toHaveLength(4);
          const recorded = [0, ...found.values.map((text) => Number(/\d+/.exec(text)?.[0]))];
          expect(found.begun.filter((before) => !recorded.includes(before))).toEqual([]);
          expect(found.output).toBe(recorded.at(-1));
        }
      }
    },
  );
});
