/** Metadata over several attempts: what one that failed has set is there for the next, and what is not made again counts once. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const retry = "retry: { maxAttempts: 3, minTimeoutInMs: 1, factor: 1 }";

async function endOf(body: string, options = "", functions = {}): Promise<unknown> {
  const source = `task({ id: "t", ${retry}, ${options} run: async (_: unknown, { ctx }) => { const n = ctx.attempt.number; ${body} } });`;
  const { run, output } = bench(source, { ok: async () => 1, ...functions });
  return output(await run("t"));
}
const twice = `if (n < 3) throw new Error("again"); return metadata.current();`;

test("what each attempt adds adds up", async () => {
  expect(await endOf(`metadata.increment("n").append("log", n); ${twice}`)).toEqual({ n: 3, log: [1, 2, 3] });
});

test("so does what onStartAttempt adds; what onStart adds counts once, what it sets stays", async () => {
  const hooks = `onStart: async () => { metadata.set("who", "a").increment("starts"); await lib.ok(); metadata.increment("starts"); },
    onStartAttempt: async () => { metadata.increment("n"); await lib.ok(); metadata.increment("n"); },`;
  expect(await endOf(`await lib.ok(); ${twice}`, hooks)).toEqual({ who: "a", starts: 2, n: 6 });
});

test("behind an await that is not made again nothing is added again, in a step neither", async () => {
  const body = `await step("s", async () => { metadata.increment("inside"); });
    metadata.append("log", "behind"); await lib.ok(); metadata.increment("done"); ${twice}`;
  expect(await endOf(body)).toEqual({ inside: 1, log: ["behind"], done: 1 });
});

test("behind one that is made again it is", async () => {
  let drawn = 0;
  const draw = async () => ({ ok: ++drawn === 3 });
  const body = `await lib.ok(); metadata.increment("first"); const card = await lib.draw(); metadata.increment("drawn");
    if (!card.ok) throw new Error("not this one"); return metadata.current();`;
  expect(await endOf(body, "", { draw })).toEqual({ first: 1, drawn: 3 });
});

test("what an attempt sets anew begins anew; what it has not reached again is as the attempt before has left it", async () => {
  const body = `metadata.set("n", 0); for (let i = 0; i < 3; i++) { await lib.ok(); metadata.increment("n"); }
    metadata.set("status", "half"); if (n === 1) metadata.set("left", true); ${twice}`;
  expect(await endOf(body)).toEqual({ n: 3, status: "half", left: true });
});

test("large ones are there for the next attempt, too", async () => {
  const body = `metadata.append("list", "x".repeat(60_000)); ${twice.replace("metadata.current()", 'metadata.get("list").length')}`;
  expect(await endOf(body)).toBe(3);
});

test("a crash at any store call counts nothing twice, whatever attempt it comes in", async () => {
  const { runs, bad } = await everyCrash(
    `task({ id: "t", ${retry}, onStartAttempt: async () => { metadata.increment("attempts"); }, run: async (_: unknown, { ctx }) => {
       await step("s", async () => { metadata.increment("inside"); });
       metadata.increment("behind");
       await wait.for({ days: 1 });
       metadata.append("log", 1);
       if (ctx.attempt.number < 3) throw new Error("again");
       return metadata.current();
     } });`,
    () => ({}),
    "t",
    undefined,
    { attempts: 3, inside: 1, behind: 1, log: [1] },
  );
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(8);
});
