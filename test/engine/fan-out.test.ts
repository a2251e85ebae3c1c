/** What a batch costs in store calls: a fixed number for each child, whatever the size of the batch. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

const source = `
  const child = task({ id: "child", run: async (n: number) => { await wait.for({ minutes: n % 7 + 1 }); return n; } });
  const quick = task({ id: "quick", run: async (n: number) => n });
  task({ id: "slowly", run: async (count: number) => {
    const { runs } = await child.batchTriggerAndWait(Array.from({ length: count }, (_, n) => ({ payload: n })));
    return runs.reduce((sum, each) => sum + (each.ok ? each.output : 1e9), 0);
  } });
  task({ id: "quickly", run: async (count: number) => {
    const { runs } = await quick.batchTriggerAndWait(Array.from({ length: count }, (_, n) => ({ payload: n })));
    return runs.reduce((sum, each) => sum + (each.ok ? each.output : 1e9), 0);
  } });
  task({ id: "unawaited", run: async (count: number) => (await quick.batchTrigger(Array.from({ length: count }, (_, n) => ({ payload: n })))).runCount });`;

/** All store calls of a batch, parent and children, by name. */
async function counts(task: string, count: number): Promise<Record<string, number>> {
  const { run, output, world } = bench(source);
  const ended = await run(task, count);
  expect(await output(ended)).toBe(task === "unawaited" ? count : (count * (count - 1)) / 2);
  await world.until(
    async () =>
      (await world.store.list({ limit: 1, status: ["QUEUED", "EXECUTING", "WAITING"] })).runs.length === 0,
  );
  return { ...Object.fromEntries(world.counts), passes: world.passes };
}

test("a batch whose runs end at many times wakes its parent once, and costs 5 store calls a run beside the runs' own", async () => {
  for (const n of [50, 1_000]) {
    // The runs' own: claim, suspend, claim, end and announcement; the records of the wait and of the second pass.
    const own = { write: 5 * n, append: 2 * n, journal: n };
    expect(await counts("slowly", n)).toEqual({
      create: n + 1,
      send: n + 1,
      read: 2 * n + 1,
      inbox: 1,
      append: own.append + n + 2,
      journal: own.journal + 1,
      write: own.write + 4,
      passes: 2 * n + 2,
    });
  }
});

test("a batch whose runs end while its parent looks on costs 4 store calls a run beside the runs' own", async () => {
  for (const n of [50, 1_000]) {
    const own = { write: 3 * n };
    expect(await counts("quickly", n)).toEqual({
      create: n + 1,
      send: n,
      read: n + 2,
      inbox: 2,
      append: n,
      write: own.write + 2,
      passes: n + 1,
    });
  }
});

test("a batch that nobody waits for costs one store call a run beside the runs' own, and one record", async () => {
  for (const n of [50, 1_000]) {
    const own = { write: 2 * n };
    expect(await counts("unawaited", n)).toEqual({
      create: n + 1,
      append: 1,
      write: own.write + 2,
      passes: n + 1,
    });
  }
});
