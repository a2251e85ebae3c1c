/** Tasks that start themselves: waits for children end at a depth, chains without waits do not. */
import { expect, test } from "vitest";
import type { Run } from "../../engine/run.ts";
import { bench } from "./tasks.ts";

/** A run that so many others wait for, as a parent. */
const parentOf = (nested: number, depth = nested) => ({
  run: { id: "run_above", depth, nested } as Run,
  key: "k",
  waits: true,
});

test("a task that waits for itself without an end is stopped after 1,000 runs that wait for one another, without another attempt", async () => {
  const source = (call: string): string => `
    const t = task({ id: "t", run: async (n: number) => { const ended = await ${call}; return ended.ok ?? ended.runs[0].ok; } });`;
  for (const call of ["t.triggerAndWait(n + 1)", "t.batchTriggerAndWait([{ payload: n + 1 }])"]) {
    const { world, id } = bench(source(call));
    await world.start(id("t"), 0, { parent: parentOf(997) });
    await world.until(async () =>
      (await world.store.list({ limit: 9 })).runs.every((run) => run.finishedAt !== undefined),
    );
    const { runs } = await world.store.list({ limit: 9 });
    const shown = runs.map(({ nested, status, error, attempts }) => [nested, status, error?.code, attempts]);
    expect(shown.sort()).toEqual([
      [1_000, "FAILED", "HF522", 0],
      [998, "COMPLETED", undefined, 0],
      [999, "COMPLETED", undefined, 0],
    ]);
  }
});

test("the error can be caught where the child was to be started", async () => {
  const { world, id } = bench(`
    const t = task({ id: "t", run: async () => {
      try { await t.triggerAndWait(); } catch (error) { return (error as { code?: string }).code; }
    } });`);
  const { id: runId } = await world.start(id("t"), undefined, { parent: parentOf(999) });
  expect(await world.output((await world.finish(runId)).id)).toBe("HF522");
});

test("a chain of runs that nobody waits for goes on, however deep, and may wait for children; each 1,000th is a line", async () => {
  const { world, id } = bench(
    `const child = task({ id: "child", run: async () => "ended" });
     const t = task({ id: "t", run: async (left: number) => {
       if (left > 0) await t.trigger(left - 1);
       return (await child.triggerAndWait()).ok;
     } });`,
  );
  const parent = { ...parentOf(0, 4_997), waits: false };
  await world.start(id("t"), 2, { parent });
  await world.until(async () => {
    const { runs } = await world.store.list({ limit: 9 });
    return runs.length === 6 && runs.every((run) => run.status === "COMPLETED");
  });
  const { runs } = await world.store.list({ limit: 9 });
  const chain = runs.filter(({ task }) => task === id("t"));
  expect(chain.map(({ depth, nested }) => [depth, nested]).sort()).toEqual([
    [4_998, undefined],
    [4_999, undefined],
    [5_000, undefined],
  ]);
  expect(runs.filter(({ nested }) => nested === 1)).toHaveLength(3);
  expect(world.printed.filter((line) => line.includes("has 5000 runs above it"))).toHaveLength(1);
});
