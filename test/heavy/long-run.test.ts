/** A run of 100,000 awaits, killed twice on its way, in calls and writes: each await costs what it costs in a short run. */
import { expect, test } from "vitest";
import { bench } from "../engine/tasks.ts";

const source = `task({ id: "t", run: async (n: number) => {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await lib.value(i);
  return sum;
} });`;

/** Runs so many awaits; the pass dies at these writes of the journal. What the world was asked for, by the name of the call. */
async function counted(awaits: number, deaths: readonly number[]) {
  let appends = 0;
  let made = 0;
  const times = new Uint8Array(awaits);
  const lib = {
    value: async (i: number): Promise<number> => {
      made++;
      times[i] = (times[i] ?? 0) + 1;
      return i;
    },
  };
  const { world, run, output } = bench(source, lib, {
    strike: (call) => {
      if (call === "append") appends++;
      return call === "append" && deaths.includes(appends) ? "before" : undefined;
    },
  });
  const ended = await run("t", awaits);
  const again = [...times].filter((count) => count > 1).length;
  const { counts, passes } = world;
  return { status: ended.status, output: await output(ended), counts, passes, made, again, times };
}

test("a run of 100,000 awaits is completed by three passes: no recorded await is made again, and each costs one write, as in a run of 1,000", async () => {
  const many = 100_000;
  const long = await counted(many, [40_000, 90_000]);
  expect([long.status, long.output, long.passes]).toEqual(["COMPLETED", (many * (many - 1)) / 2, 3]);
  // Those that were being recorded when a pass died, and no others.
  expect([long.made, long.again]).toEqual([many + 2, 2]);
  expect(Math.min(...long.times)).toBe(1);

  const few = 1_000;
  const short = await counted(few, [400, 900]);
  expect([short.status, short.passes, short.made]).toEqual(["COMPLETED", 3, few + 2]);
  const appends = (one: typeof long) => one.counts.get("append") ?? 0;
  expect(appends(long) - appends(short)).toBe(many - few);
  const others = ({ counts }: typeof long) =>
    Object.fromEntries([...counts].filter(([name]) => name !== "append" && name !== "journal"));
  expect(others(long)).toEqual(others(short));
  // The journal is read in pages, never per await.
  expect(long.counts.get("journal")).toBeLessThan(100);
});
