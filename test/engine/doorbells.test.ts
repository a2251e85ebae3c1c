/** Design §4: the store is the truth, the queue is a doorbell. */
import { expect, test } from "vitest";
import { startedLate } from "../../engine/pass-errors.ts";
import { ttlMsOf } from "../../sdk/duration.ts";
import { aRun } from "../contract/runs.ts";
import { bench } from "./tasks.ts";

/** One machine's bound: no run waits longer than this past its wake time. */
const boundMs = 1_000;

const source = `
  const child = task({ id: "child", run: async (n: number) => { await wait.for({ minutes: 10 }); return n; } });
  task({ id: "t", retry: { maxAttempts: 3, minTimeoutInMs: 5000, factor: 1, randomize: false }, run: async () => {
    const [a] = await Promise.all([child.triggerAndWait(1).unwrap(), lib.flaky()]);
    await wait.for({ hours: 5 });
    return a;
  } });`;

function flaky() {
  let calls = 0;
  return {
    flaky: async () => {
      if (++calls < 3) throw new Error("flaky");
    },
  };
}

test("with every doorbell lost, every run still ends, no later than a second past each wake time", async () => {
  const rung = bench(source, flaky());
  const withBells = await rung.run("t");
  const silent = bench(source, flaky(), { dropRings: true });
  const withoutBells = await silent.run("t");
  expect(withoutBells.status).toBe("COMPLETED");
  const took = (run: typeof withBells): number => (run.finishedAt ?? 0) - run.createdAt;
  // Start, child's start, child's end, two waits: five times at which a ring would have been heard.
  expect(took(withoutBells) - took(withBells)).toBeLessThanOrEqual(5 * boundMs);
});

test("each ring doubled changes nothing", async () => {
  const { world, id, output } = bench(source, flaky());
  const { id: runId } = await world.start(id("t"), undefined);
  world.ports.doorbell.ring(runId);
  world.ports.doorbell.ring(runId);
  expect(await output(await world.finish(runId))).toBe(1);
});

test("a run with a ttl that no pass began in time expires and is not started", async () => {
  let calls = 0;
  const { world, id } = bench(
    `task({ id: "t", run: async () => lib.note() });`,
    { note: async () => void calls++ },
    { dropRings: true },
  );
  const { id: runId } = await world.start(id("t"), undefined, { ttlMs: 500 });
  expect(await world.finish(runId)).toMatchObject({ status: "EXPIRED", error: { code: "HF317" } });
  expect(calls).toBe(0);
});

test("a task's ttl holds where the trigger says nothing; 0 is for ever, of the task as of the trigger", async () => {
  const ended = async (ttl: string, options = {}) => {
    const { world, id } = bench(
      `task({ id: "t", ttl: ${ttl}, run: async () => 1 });`,
      {},
      { dropRings: true },
    );
    const { id: runId } = await world.start(id("t"), undefined, options);
    return (await world.finish(runId)).status;
  };
  expect(await ended(`"1s"`, { ttlMs: 60_000 })).toBe("COMPLETED");
  expect(await ended("0.5")).toBe("EXPIRED");
  expect(await ended(`"1m"`)).toBe("COMPLETED");
  expect(await ended(`"1m"`, { ttlMs: 500 })).toBe("EXPIRED");
  expect(await ended("0.5", { ttlMs: ttlMsOf(0) })).toBe("COMPLETED");
  expect(await ended("0")).toBe("COMPLETED");
});

test("a run that is too late is not started by the next pass either, when the first dies before it can say so", async () => {
  let calls = 0;
  let writes = 0;
  const { world, id } = bench(
    `task({ id: "t", run: async () => lib.note() });`,
    { note: async () => void calls++ },
    { dropRings: true, strike: (call) => (call === "write" && ++writes === 1 ? "after" : undefined) },
  );
  const { id: runId } = await world.start(id("t"), undefined, { ttlMs: 500 });
  expect(await world.finish(runId)).toMatchObject({ status: "EXPIRED", epoch: 2 });
  expect(calls).toBe(0);
});

test("a run that was begun in time goes on, however late its next pass is, and so does one that is resumed", () => {
  const run = aRun({ createdAt: 1_000, ttlMs: 500, startedAt: 1_400, epoch: 2 });
  expect(startedLate(run, 9_000)).toBeUndefined();
  expect(startedLate({ ...run, startedAt: 1_501 }, 9_000)).toMatchObject({ code: "HF317" });
  expect(startedLate({ ...run, startedAt: 1_501, resumes: 1 }, 9_000)).toBeUndefined();
});

test("a delayed run starts at its time", async () => {
  const { world, id } = bench(`task({ id: "t", run: async () => 1 });`);
  const at = world.clock.now() + 3_600_000;
  const { id: runId } = await world.start(id("t"), undefined, { delayUntil: at });
  expect((await world.store.read(runId))?.status).toBe("DELAYED");
  const ended = await world.finish(runId);
  expect(ended.startedAt).toBeGreaterThanOrEqual(at);
});
