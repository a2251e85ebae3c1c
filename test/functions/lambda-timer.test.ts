/** What a tick rings for, what it leaves to others, and what it repairs. */
import { describe, expect, test } from "vitest";
import { claim, suspend } from "../../engine/head-write.ts";
import { tick } from "../../functions/tick.ts";
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

test("one run that cannot be freed keeps no other from being rung", async () => {
  const w = new LambdaWorld();
  const ids = [await w.start(), await w.start()];
  const [first = ""] = ids;
  w.bell.take();
  const { write } = w.store;
  await write(first, claim("gone", w.clock.now(), w.clock.now() + 1_000));
  await w.clock.advance(60_000);
  Object.assign(w.store, {
    write: async (...given: Parameters<typeof write>) => {
      if (given[0] === first) throw new Error("throttled");
      return write(...given);
    },
  });
  await w.tick();
  expect(w.bell.take()).toEqual([{ runId: ids[1], inMs: 0 }]);
  expect(w.lines).toMatchObject([{ level: "WARN" }, { level: "ERROR", runId: first }]);
});

/** A tick over so many due runs; `clock` says when each was found. */
async function tickOver(w: LambdaWorld, count: number, found: (place: number) => unknown, endsAt?: number) {
  const run = await w.run(await w.start());
  w.bell.take();
  const store = {
    ...w.store,
    async *wakes(now: number) {
      for (let place = 0; place < count; place++) {
        await found(place);
        yield { run: { ...run, id: `run_${place}`, wakeAt: now - 10_000 } };
      }
    },
  };
  const lostRings = { receive: async () => [], remove: async () => {} };
  const ticked = tick({
    ...{ ports: { store, clock: w.clock }, bell: w.bell, lostRings, tickMs: 60_000, log: w.log },
    ...(endsAt === undefined ? {} : { endsAt }),
  });
  return { ticked, rung: () => w.bell.take().length };
}

test("ten thousand runs that are due at once are rung for by one tick", async () => {
  const w = new LambdaWorld();
  const { ticked, rung } = await tickOver(w, 10_000, () => {});
  expect([(await ticked).rung, rung()]).toEqual([10_000, 10_000]);
});

test("a tick whose time is over leaves the rest to the next, and has rung for what it found", async () => {
  const w = new LambdaWorld();
  const { ticked, rung } = await tickOver(w, 1_000, () => w.clock.advance(100), w.clock.now() + 45_000);
  expect([(await ticked).rung, rung()]).toEqual([450, 450]);
});

test("what was found before a search failed is rung for all the same", async () => {
  const w = new LambdaWorld();
  const { ticked, rung } = await tickOver(w, 1_000, (place) => {
    if (place === 250) throw new Error("throttled");
  });
  await expect(ticked).rejects.toThrow("throttled");
  expect(rung()).toBe(250);
});
