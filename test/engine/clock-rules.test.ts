/** Design §5.6: the time that a run's code sees. */

import { expect, test } from "vitest";
import { cutTime } from "../../engine/rest.ts";
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

test("what is left of a canceled run has its minute though a ring was lost and nobody came for long, up to two more", () => {
  const head = { deaths: 0, deathsAt: 0, lastNumber: 5, wakeAt: 6_000 };
  expect(cutTime(head, 5_000, 6_000)).toBe(65_000);
  expect(cutTime(head, 5_000, 106_000)).toBe(165_000);
  expect(cutTime(head, 5_000, 900_000)).toBe(185_000);
  expect(cutTime({ ...head, wakeAt: undefined }, 5_000, 106_000)).toBe(65_000);
  expect(cutTime({ ...head, deaths: 1, deathsAt: 5 }, 5_000, 106_000)).toBe(166_000);
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
