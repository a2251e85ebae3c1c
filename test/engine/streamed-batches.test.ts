/** Batches inside a run whose items come one after the other. */
import { expect, test } from "vitest";
import { bench, everyCrash } from "./tasks.ts";

const source = `
  const child = task({ id: "child", run: async (n: number) => n * 10 });
  async function* items() { for (let n = 1; n <= 3; n++) yield { payload: await lib.page(n) }; }
  task({ id: "waits", run: async () => (await child.batchTriggerAndWait(items())).runs.map((run) => run.ok && run.output) });
  task({ id: "leaves", run: async () => (await child.batchTrigger(items())).runCount });
  task({ id: "stream", run: async () => (await child.batchTriggerAndWait(new ReadableStream({ start(c) { c.enqueue({ payload: 4 }); c.enqueue({ payload: 5 }); c.close(); } }))).runs.length });
  task({ id: "many", run: async () => { async function* endless() { for (;;) yield { payload: 1 }; } await child.batchTrigger(endless()); } });
  task({ id: "none", run: async () => { async function* nothing() {} return [(await child.batchTriggerAndWait(nothing())).runs, (await child.batchTrigger(nothing())).runCount]; } });`;

const lib = () => ({ page: async (n: number) => n });

test("an async iterable and a ReadableStream are as good as a list", async () => {
  const { run, output } = bench(source, lib());
  expect(await output(await run("waits"))).toEqual([10, 20, 30]);
  expect(await output(await run("leaves"))).toBe(3);
  expect(await output(await run("stream"))).toBe(2);
  expect(await output(await run("none"))).toEqual([[], 0]);
});

test("one that does not end is refused behind its 1,000th item", async () => {
  expect(await bench(source, lib()).run("many")).toMatchObject({
    status: "FAILED",
    error: { code: "HF511" },
  });
});

test("a crash at any store call begins no run twice", async () => {
  const { runs, bad } = await everyCrash(source, lib, "waits", undefined, [10, 20, 30]);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThan(8);
});
