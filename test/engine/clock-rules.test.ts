/** Design §5.6: the time that a run's code sees. */

import { expect, test } from "vitest";
import { Journal } from "../../engine/journal.ts";
import { cutTime, lateness } from "../../engine/lateness.ts";
import { bench } from "./tasks.ts";

test("a run's clock begins with the run, not with its trigger: a wait after a delay takes its whole time", async () => {
  const { world, id } = bench(
    `task({ id: "t", run: async () => { const from = Date.now(); await wait.for({ minutes: 5 }); return Date.now() - from; } });`,
  );
  const begun = world.clock.now();
  const { id: runId } = await world.start(id("t"), undefined, { delayUntil: begun + 3_600_000 });
  const ended = await world.finish(runId);
  expect(await world.output(runId)).toBeGreaterThanOrEqual(5 * 60_000);
  expect(world.clock.now() - begun).toBeGreaterThanOrEqual(65 * 60_000);
  expect(ended.startedAt).toBeGreaterThanOrEqual(begun + 3_600_000);
});

test("the next attempt's clock goes on from where the one before it failed", async () => {
  const { run, output } = bench(
    `task({ id: "t", retry: { maxAttempts: 2, minTimeoutInMs: 60_000, randomize: false }, run: async (_: unknown, { ctx }) => {
       if (ctx.attempt.number === 1) throw new Error("once");
       const begun = Date.now();
       await wait.for({ minutes: 5 });
       return [begun - ctx.run.createdAt.getTime(), ctx.attempt.startedAt.getTime() - ctx.run.createdAt.getTime(), Date.now() - begun];
     } });`,
  );
  const [entered, said, waited] = (await output(await run("t"))) as number[];
  expect(entered).toBeGreaterThanOrEqual(60_000);
  expect(said).toBeGreaterThanOrEqual(60_000);
  expect(waited).toBeGreaterThanOrEqual(300_000);
});

/** When a run whose cancel was recorded at 5,000 is cut off, as the passes behind that say it. */
function cutBehind(...latenesses: (number | undefined)[]): number {
  const journal = new Journal();
  const common = { t: 5_000, by: "p", epoch: 1 };
  journal.add(1, { kind: "cancel", reason: "canceled", ...common });
  for (const [index, lateMs] of latenesses.entries())
    journal.add(index + 2, { kind: "pass", codeVersion: "v1", ...common, ...(lateMs && { lateMs }) });
  return cutTime(journal, 1);
}

test("what is left of a canceled run has its minute though nobody came for long, once or several times, up to two more", () => {
  expect(cutBehind()).toBe(65_000);
  expect(cutBehind(undefined)).toBe(65_000);
  expect(cutBehind(100_000)).toBe(165_000);
  expect(cutBehind(900_000)).toBe(185_000);
  expect(cutBehind(50_000, undefined, 30_000)).toBe(145_000);
});

test("a pass comes late from when the run was due, or from its last record if that is later; what passes moved that could do nothing does not count", () => {
  expect(lateness({ wakeAt: 50_000 }, { t: 5_000 }, 50_900)).toEqual({});
  expect(lateness({ wakeAt: 50_000 }, { t: 5_000 }, 60_000)).toEqual({ lateMs: 10_000 });
  expect(lateness({ wakeAt: 5_000 }, { t: 50_000 }, 60_000)).toEqual({ lateMs: 10_000 });
  expect(lateness({ wakeAt: 59_500, awaitedSince: 20_000 }, { t: 5_000 }, 60_000)).toEqual({
    lateMs: 40_000,
  });
  expect(lateness({ wakeAt: 90_000 }, { t: 5_000 }, 60_000)).toEqual({});
});

test.each([
  ["in the order of the program", "[late(), early()]"],
  ["in the other order", "[early(), late()]"],
])(
  "of waits that are over when somebody comes at last, the one that was due first wins a race: %s",
  async (_, raced) => {
    const { world, id } = bench(
      `task({ id: "t", run: async () => {
       const ended: string[] = [];
       const late = async () => { await wait.for({ hours: 2 }); ended.push("late"); return "late"; };
       const early = async () => { await lib.work(); await wait.for({ hours: 1 }); ended.push("early"); return "early"; };
       const first = await Promise.race(${raced});
       await wait.for({ hours: 9 });
       return [first, ...ended];
     } });`,
      { work: async () => "done" },
    );
    const { id: runId } = await world.start(id("t"), undefined);
    await world.until(async () => (await world.store.read(runId))?.status === "WAITING");
    world.clock.spend(5 * 3_600_000);
    await world.finish(runId);
    expect(await world.output(runId)).toEqual(["early", "early", "late"]);
  },
);

test("waits that are due at once end in the order in which they were begun, after a suspension, too", async () => {
  const { run, output } = bench(
    `task({ id: "t", run: async () => {
       const ended: number[] = [];
       await Promise.all([1, 2, 3, 4].map(async (x) => { await lib.work(x); await wait.for({ minutes: 1 }); ended.push(x); }));
       return ended;
     } });`,
    { work: async (x: unknown) => x },
  );
  expect(await output(await run("t"))).toEqual([1, 2, 3, 4]);
});
