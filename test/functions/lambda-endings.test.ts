/** How a pass ends that does not end by itself, and what is laid down of a run that failed. */
import { describe, expect, test } from "vitest";
import { yieldPass } from "../../engine/head-write.ts";
import { cancelRun, startRun } from "../../engine/start.ts";
import type { RunPass } from "../../functions/pass-until.ts";
import { runPass as realPass } from "../../sdk/host.ts";
import { step } from "../../sdk/index.ts";
import { task } from "../../sdk/task.ts";
import { completes, hangs, take } from "./lambda-passes.ts";
import { hash, LambdaWorld, ringOf } from "./lambda-world.ts";

describe("the deadline", () => {
  test("tells a pass to leave 10 s before Lambda's limit, not sooner", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    let leftAt = 0;
    const leaves: RunPass = async (ports, options) => {
      const lease = await take(ports, options.runId, options.owner);
      await new Promise<void>((left) => options.signal.addEventListener("abort", () => left()));
      leftAt = ports.clock.now();
      const counts = { activeMs: 0, attempts: 0, lastNumber: 0 };
      await ports.store.write(id, yieldPass(lease, ports.clock.now(), counts));
      return { outcome: "yielded" };
    };
    const from = w.clock.now();
    const done = w.invoke(leaves, [ringOf(id)], 60_000);
    await w.clock.advance(60_000);
    await done;
    expect(leftAt - from).toBe(50_000);
    expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 0 });
  });

  test("cuts off what does not leave: the run is freed, rung and counted as interrupted", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    w.bell.take();
    const done = w.invoke(hangs, [ringOf(id)], 60_000);
    await w.clock.advance(55_000);
    expect(await done).toEqual({ batchItemFailures: [] });
    expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 1 });
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
    expect(w.lines).toContainEqual(expect.objectContaining({ level: "WARN", runId: id }));
  });

  test("a third pass in a row without a record ends the run as crashed, with its letter", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    for (const _ of [1, 2, 3]) {
      const done = w.invoke(hangs, [ringOf(id)], 60_000);
      await w.clock.advance(60_000);
      await done;
    }
    expect(await w.run(id)).toMatchObject({ status: "CRASHED", error: { code: "HF307" } });
    await w.invoke(realPass as RunPass, [ringOf(id)]);
    expect(w.letters).toMatchObject([{ runId: id, status: "CRASHED", attemptCount: 1 }]);
    expect((await w.run(id)).wakeAt).toBeUndefined();
  });
});

describe("a pass that died", () => {
  test("is counted by whoever finds its lease ended, and its run goes on", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    await take(w.ports, id, "dead");
    await w.clock.advance(30_000);
    let deaths = 0;
    await w.invoke(
      async (ports, options) => {
        deaths = (await w.run(id)).deaths;
        return completes(ports, options);
      },
      [ringOf(id)],
    );
    expect(deaths).toBe(1);
    expect((await w.run(id)).status).toBe("COMPLETED");
  });

  test("after a record of progress counts as the first again", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    for (const number of [1, 2, 3, 4]) {
      const lease = await take(w.ports, id, `dead ${number}`);
      const data = JSON.stringify({
        kind: "wait",
        key: `k${number}`,
        at: 1,
        t: 1,
        by: "dead",
        epoch: lease.epoch,
      });
      await w.store.append(lease, { number, epoch: lease.epoch, data });
      await w.clock.advance(30_000);
      await w.tick();
    }
    expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 1 });
  });
});

describe("with the real engine", () => {
  task({
    id: "order",
    retry: { maxAttempts: 1 },
    run: async (payload: { fail?: boolean }) => {
      await step("reserve", async () => "reserved");
      if (payload.fail === true) throw new Error("card declined");
      return "shipped";
    },
  });

  task({
    id: "long",
    retry: { maxAttempts: 1 },
    run: async () => await step("for ever", () => new Promise(() => {})),
  });

  test("a pass hears of a cancel by its lease's renewal: the ring reached nobody", async () => {
    const w = new LambdaWorld();
    const { id } = await startRun(w.ports, {
      task: "long",
      payload: {},
      codeVersion: `7.${hash}`,
      source: "api",
    });
    const done = w.invoke(realPass as RunPass, [ringOf(id)]);
    await w.clock.advance(1_000);
    await cancelRun(w.ports, id);
    expect((await w.run(id)).status).toBe("EXECUTING");
    const { entries: before } = await w.store.journal(id, 0);
    await w.clock.advance(11_000);
    const { entries } = await w.store.journal(id, 0);
    expect([before, entries.map(({ data }) => JSON.parse(data) as unknown)]).toMatchObject([
      [],
      [{ kind: "cancel" }],
    ]);
    // What is going on still has its minute: this step does not heed the signal.
    await w.clock.advance(60_000);
    await done;
    expect((await w.run(id)).status).toBe("CANCELED");
  });

  test("a run completes and sends no letter", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const done = w.invoke(realPass as RunPass, [ringOf(id)]);
    await w.clock.advance(2_000);
    await done;
    expect((await w.run(id)).status).toBe("COMPLETED");
    expect(w.letters).toEqual([]);
  });

  test("a failed run's letter says run, task, error and last good checkpoint, and is sent again after a crash", async () => {
    const w = new LambdaWorld();
    const { id } = await startRun(w.ports, {
      task: "order",
      payload: { fail: true },
      codeVersion: `7.${hash}`,
      source: "api",
    });
    const { put } = w.ports.deadLetters ?? { put: undefined };
    let isAway = true;
    Object.assign(w.ports, {
      deadLetters: {
        put: async (run: Parameters<NonNullable<typeof put>>[0]) => {
          if (isAway) throw new Error("SQS is away");
          await put?.(run);
        },
      },
    });
    const first = w.invoke(realPass as RunPass, [ringOf(id)]);
    await w.clock.advance(2_000);
    expect(await first).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
    expect(await w.run(id)).toMatchObject({ status: "FAILED" });
    expect(w.letters).toEqual([]);
    isAway = false;
    w.bell.take();
    await w.clock.advance(60_000);
    await w.tick();
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
    await w.invoke(realPass as RunPass, [ringOf(id)]);
    expect(w.letters).toMatchObject([
      {
        runId: id,
        task: "order",
        status: "FAILED",
        error: { message: "card declined" },
        lastGood: { name: "reserve" },
        attemptCount: 1,
      },
    ]);
    expect((await w.run(id)).wakeAt).toBeUndefined();
  });
});
