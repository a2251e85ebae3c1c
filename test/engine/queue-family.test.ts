/** A parent and its children in one queue with one slot: who waits for a child holds none, whoever crashes meanwhile. */
import { expect, test } from "vitest";
import type { Run } from "../../engine/run.ts";
import { bench } from "./tasks.ts";
import type { Strike, World } from "./world.ts";

const source = (name: string): string => `
  import { queue } from "holdfast";
  const one = queue({ name: "${name}", concurrencyLimit: 1 });
  const child = task({ id: "child", queue: one, run: async (n: number) => { await wait.for({ minutes: 5 }); return await lib.work(n); } });
  task({ id: "parent", queue: one, run: async () => {
    const [first] = await Promise.all([child.triggerAndWait(1).unwrap(), lib.work(9)]);
    const rest = await Promise.all([2, 3].map((n) => child.triggerAndWait(n).unwrap()));
    return [first, ...rest];
  } });`;

let families = 0;

/** Runs the family in a world that may crash; says how it ended, and how many were at work at once. */
async function family(strike?: () => Strike): Promise<{ run: Run; output: unknown; most: number }> {
  let here: World | undefined;
  let working = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++working);
    await new Promise<void>((done) => void here?.clock.after(10, done));
    working--;
    return n * 2;
  };
  const name = `family-${++families}`;
  const made = bench(source(name), { work }, strike === undefined ? {} : { strike });
  here = made.world;
  await made.world.store.limit(name, 1, 0);
  const run = await made.run("parent");
  return { run, output: run.status === "COMPLETED" ? await made.output(run) : run.error, most };
}

test("one slot is enough for a parent and its children", async () => {
  expect(await family()).toMatchObject({ output: [2, 4, 6], most: 1 });
});

test("a crash at any store call of any of them holds up nobody", async () => {
  for (let at = 1; ; at++) {
    let calls = 0;
    const { output } = await family(() => (++calls === at ? "after" : undefined));
    expect(output, `crash after call ${at}`).toEqual([2, 4, 6]);
    if (calls < at) break;
  }
});
