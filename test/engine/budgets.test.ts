/** Store calls are the product's price: exact budgets. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

const counted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));

test("a run of ten awaits makes one store call for each, and three for itself", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { for (let i = 0; i < 10; i++) await lib.work(i); } });`,
    { work: async (i: number) => i },
  );
  await run("t");
  expect(counted(world.counts)).toEqual({ append: 10, create: 1, write: 2 });
});

test("a suspend and resume makes five store calls: suspend, claim, one read of the log, pass record, the wait's record", async () => {
  const { run, world } = bench(`task({ id: "t", run: async () => { await wait.for({ days: 1 }); } });`);
  await run("t");
  expect(counted(world.counts)).toEqual({ append: 2, create: 1, journal: 1, write: 4 });
});

test("a child costs its parent one inbox item and one record", async () => {
  const { run, world } = bench(`
    const child = task({ id: "child", run: async () => 1 });
    task({ id: "t", run: async () => child.triggerAndWait().unwrap() });`);
  await run("t");
  expect(counted(world.counts)).toEqual({ append: 1, create: 2, inbox: 1, read: 1, send: 1, write: 5 });
});

test("a record of a small result is under 1 KB", async () => {
  const { run, world } = bench(
    `task({ id: "t", run: async () => { await lib.work({ id: "ord_123", amount: 4200, currency: "EUR", email: "someone@example.com" }); } });`,
    { work: async (order: unknown) => order },
  );
  const records = await world.records((await run("t")).id);
  expect(Math.max(...records.map((record) => JSON.stringify(record).length))).toBeLessThan(1_024);
});
