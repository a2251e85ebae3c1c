/** What the dispatcher does with runs of `longRunning` tasks: it hands them over without a lease, and starts a process for each once. */
import { expect, test } from "vitest";
import type { RingDeps } from "../../functions/answer-ring.ts";
import { answerRing } from "../../functions/answer-ring.ts";
import { type LongRunning, PlaceGone, startsBefore } from "../../functions/long-running.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { completes, hangs, never, take } from "./lambda-passes.ts";
import { LambdaWorld } from "./lambda-world.ts";

interface Start {
  readonly id: string;
  readonly epoch: number;
  readonly number: number;
}

/** A dispatcher whose task "order" is longRunning. */
function longWorld() {
  const w = new LambdaWorld();
  const starts: Start[] = [];
  const failures: Error[] = [];
  const longRunning: LongRunning = {
    tasks: new Set(["order"]),
    async start({ id, epoch }, number) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      starts.push({ id, epoch, number });
      return "a-task";
    },
  };
  const deps = (pass: RunPass): RingDeps => ({ ...w.deps(pass), longRunning });
  const ring = (id: string, runPass: RunPass = never) =>
    answerRing(deps(runPass), id, "lambda", { remainingMs: () => 900_000 });
  const pass = (id: string, runPass: RunPass, stop?: AbortSignal) =>
    answerRing({ ...deps(runPass), longRunning: undefined }, id, "fargate", {
      remainingMs: () => Number.POSITIVE_INFINITY,
      stop,
    });
  return { w, starts, failures, ring, pass };
}

test("a run of a longRunning task is given back with its place before a process is started, and that one claims it", async () => {
  const { w, starts, ring, pass } = longWorld();
  const id = await w.start();
  expect(await ring(id)).toBe("started");
  const run = await w.run(id);
  expect(run).toMatchObject({ status: "QUEUED", turn: "called", wakeAt: w.clock.now(), deaths: 0 });
  expect(run.owner).toBeUndefined();
  expect(await pass(id, completes)).toBe("worked on");
  expect((await w.run(id)).status).toBe("COMPLETED");
  expect(starts).toEqual([{ id, epoch: 1, number: 0 }]);
});

test("rings that come while a long pass begins ask for the same start; while it goes on, for none", async () => {
  const { w, starts, ring } = longWorld();
  const id = await w.start();
  for (let i = 0; i < 3; i++) await ring(id);
  expect(starts).toEqual(Array(3).fill({ id, epoch: 1, number: 0 }));
  await take(w.ports, id, "fargate");
  expect(await ring(id)).toBe("busy");
  expect(starts).toHaveLength(3);
});

test("a long pass that nobody has begun is started again, later each time, and a line says so", async () => {
  const { w, starts, ring } = longWorld();
  const id = await w.start();
  await ring(id);
  await w.clock.advance(120_000);
  await ring(id);
  await ring(id);
  expect(starts.map(({ number }) => number)).toEqual([0, 1, 1]);
  expect(w.lines.filter(({ level }) => level === "WARN")).toContainEqual(
    expect.objectContaining({
      runId: id,
      waitedSeconds: 120,
      start: 2,
      message: expect.stringContaining("Nobody has claimed"),
    }),
  );
  expect([0, 119_999, 120_000, 359_999, 360_000, 840_000, 10 * 3_600_000].map(startsBefore)).toEqual([
    0, 0, 1, 1, 2, 3, 13,
  ]);
});

test("a start that is refused fails its ring, and the next one asks again", async () => {
  const { w, starts, failures, ring } = longWorld();
  const id = await w.start();
  failures.push(new Error("no capacity"));
  await expect(ring(id)).rejects.toThrow("no capacity");
  expect(await w.run(id)).toMatchObject({ status: "QUEUED", turn: "called" });
  expect(await ring(id)).toBe("started");
  expect(starts).toEqual([{ id, epoch: 1, number: 0 }]);
});

test("where a later deployment took the place away, runs of older code go on in Lambda behind ten minutes, and a line says so", async () => {
  const { w, starts, failures, ring } = longWorld();
  const id = await w.start();
  const gone = (): void => void failures.push(new PlaceGone("AccessDeniedException"));
  gone();
  await expect(ring(id)).rejects.toThrow("AccessDeniedException");
  await w.clock.advance(599_000);
  gone();
  await expect(ring(id)).rejects.toThrow("AccessDeniedException");
  await w.clock.advance(1_000);
  gone();
  expect(await ring(id, completes)).toBe("worked on");
  expect((await w.run(id)).status).toBe("COMPLETED");
  expect(w.lines.filter(({ level }) => level === "WARN")).toEqual([
    expect.objectContaining({ runId: id, message: expect.stringContaining("are in Lambda from now on") }),
  ]);
  // The next ones wait for nothing.
  const next = await w.start();
  expect(await ring(next, completes)).toBe("worked on");
  expect(starts).toEqual([]);
});

test("a long pass that has died is counted, and another one started", async () => {
  const { w, starts, ring } = longWorld();
  const id = await w.start();
  await ring(id);
  await take(w.ports, id, "fargate");
  await w.clock.advance(31_000);
  expect(await ring(id)).toBe("started");
  expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 1 });
  expect(starts.at(-1)).toEqual({ id, epoch: 2, number: 0 });
});

test("a long pass has no limit; told to stop, what is in flight has 20 s, and the run is given back as no death", async () => {
  const { w, ring, pass } = longWorld();
  const id = await w.start();
  await ring(id);
  const stopping = new AbortController();
  const done = pass(id, hangs, stopping.signal);
  await w.clock.advance(10_000_000);
  expect((await w.run(id)).status).toBe("EXECUTING");
  stopping.abort();
  await w.clock.advance(19_000);
  expect((await w.run(id)).status).toBe("EXECUTING");
  await w.clock.advance(1_000);
  expect(await done).toBe("cut off");
  expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 0 });
  expect(w.bell.take()).toContainEqual({ runId: id, inMs: 5_000 });
});
