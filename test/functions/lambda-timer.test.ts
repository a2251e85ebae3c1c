/** What a tick rings for, what it leaves to others, and what it repairs. */
import { describe, expect, test } from "vitest";
import { claim, suspend } from "../../engine/head-write.ts";
import { LambdaWorld, ringOf } from "./lambda-world.ts";

async function suspended(w: LambdaWorld, forMs: number): Promise<string> {
  const id = await w.start();
  const now = w.clock.now();
  const { run } = await w.store.write(id, claim("somebody", now, now + 30_000));
  const set = {
    wakeAt: now + forMs,
    waitingFor: { kind: "timer", count: 1 } as const,
    activeMs: 0,
    attempts: 0,
    lastNumber: 0,
  };
  await w.store.write(id, suspend({ runId: id, owner: "somebody", epoch: run?.epoch ?? 0 }, now, 0, set));
  return id;
}

describe("a run that waits", () => {
  test("for an hour is rung to the second, by the tick before", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 3_600_000);
    expect(w.bell.take().filter(({ inMs }) => inMs > 0)).toEqual([]);
    await w.clock.advance(3_600_000 - 90_000);
    await w.tick();
    expect(w.bell.take()).toEqual([]);
    await w.clock.advance(60_000);
    await w.tick();
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 30_000 }]);
  });

  test("for up to 15 minutes is rung by whoever put it away, and by no tick before its time", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 100_000);
    expect(w.bell.take().at(-1)).toEqual({ runId: id, inMs: 100_000 });
    await w.clock.advance(60_000);
    await w.tick();
    expect(w.bell.take()).toEqual([]);
  });

  test("and whose ring was lost is rung by the first tick after its time", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 100_000);
    w.bell.take();
    await w.clock.advance(120_000);
    expect(await w.tick()).toMatchObject({ rung: 1, lateMs: 20_000 });
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
  });

  test("for its slot, and was made due by the tick itself, is rung at once", async () => {
    const w = new LambdaWorld();
    const id = await suspended(w, 100_000);
    w.bell.take();
    await w.clock.advance(100_000);
    expect(await w.tick()).toMatchObject({ rung: 0 });
    expect(await w.tick([id])).toMatchObject({ rung: 1 });
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
  });

  test("that was started with a delay is rung like any other", async () => {
    const w = new LambdaWorld();
    const id = await w.start(undefined, 30_000);
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 30_000 }]);
    const far = await w.start(undefined, 1_000_000);
    expect(w.bell.take()).toEqual([]);
    await w.clock.advance(960_000);
    await w.tick();
    expect(w.bell.take()).toContainEqual({ runId: far, inMs: 40_000 });
  });
});

describe("a run that was left behind", () => {
  test("because its first ring was lost is rung", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    w.bell.take();
    await w.tick();
    expect(w.bell.take()).toEqual([]);
    await w.clock.advance(60_000);
    await w.tick();
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
  });

  test("by a pass that died is freed once its lease has ended, counted and rung", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const now = w.clock.now();
    await w.store.write(id, claim("dead", now, now + 30_000));
    w.bell.take();
    await w.clock.advance(29_000);
    expect(await w.tick()).toMatchObject({ freed: 0, rung: 0 });
    await w.clock.advance(31_000);
    expect(await w.tick()).toMatchObject({ freed: 1, rung: 1 });
    expect(await w.run(id)).toMatchObject({ status: "QUEUED", deaths: 1 });
    expect(w.bell.take()).toEqual([{ runId: id, inMs: 0 }]);
  });

  test("by a pass that goes on renewing is let be", async () => {
    const w = new LambdaWorld();
    const id = await w.start();
    const now = w.clock.now();
    await w.store.write(id, claim("alive", now, now + 120_000));
    w.bell.take();
    await w.clock.advance(60_000);
    expect(await w.tick()).toMatchObject({ freed: 0, rung: 0 });
  });
});

test("rings that SQS gave up on are rung again and taken away; what is no ring is dropped", async () => {
  const w = new LambdaWorld();
  const bodies = [...Array.from({ length: 14 }, (_, place) => ringOf(`run_${place}`)), "junk"];
  w.lost.push(...bodies.map((body, place) => ({ body, receipt: `r${place}` })));
  expect(await w.tick()).toMatchObject({ lostRings: 15 });
  expect(w.bell.take().map(({ runId }) => runId)).toEqual(
    Array.from({ length: 14 }, (_, place) => `run_${place}`),
  );
  expect(w.lost).toEqual([]);
  expect(w.lines).toMatchObject([{ level: "WARN", length: 4 }]);
});

test("one run that cannot be looked at keeps no other from being rung", async () => {
  const w = new LambdaWorld();
  const ids = [await w.start(), await w.start()];
  w.bell.take();
  await w.clock.advance(60_000);
  const { read } = w.store;
  Object.assign(w.store, {
    read: async (id: string) => {
      if (id === ids[0]) throw new Error("throttled");
      return read(id);
    },
  });
  await w.tick();
  expect(w.bell.take()).toEqual([{ runId: ids[1], inMs: 0 }]);
  expect(w.lines).toMatchObject([{ level: "ERROR", runId: ids[0] }]);
});
