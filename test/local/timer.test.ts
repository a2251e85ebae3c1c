import { afterEach, describe, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { Bell } from "../../local/bell.ts";
import { type Timer, timer } from "../../local/timer.ts";
import { runOf } from "./runs.ts";
import { virtualClock } from "./virtual-clock.ts";

let stop = (): void => {};
afterEach(() => stop());

function timerOver(
  options: { readonly fails?: () => boolean; readonly queued?: () => number | undefined } = {},
) {
  const clock = virtualClock();
  const store = memoryStore();
  const rings: { readonly runId: string; readonly at: number }[] = [];
  const errors: unknown[] = [];
  const asked = { ...store };
  asked.due = async (now, limit) => {
    if (options.fails?.()) throw new Error("The disk is gone.");
    return await store.due(now, limit);
  };
  const made: Timer = timer({
    store: asked,
    clock,
    remind: (runId) => void rings.push({ runId, at: clock.now() }),
    queued: options.queued ?? (() => 0),
    onError: (error) => void errors.push(error),
  });
  stop = made.stop;
  return { clock, store, rings, errors, timer: made };
}

describe("the timer", () => {
  test("rings a run at the very time at which it wants attention", async () => {
    const { clock, store, rings, timer } = timerOver();
    const start = clock.now();
    await store.create(runOf("a", { status: "DELAYED", wakeAt: start + 640 }));
    timer.start();
    await clock.pass(639);
    expect(rings).toEqual([]);
    await clock.pass(1);
    expect(rings).toEqual([{ runId: "a", at: start + 640 }]);
  });

  test("finds a run whose ring was lost within a second", async () => {
    const { clock, store, rings, timer } = timerOver();
    timer.start();
    await clock.pass(10_000);
    const lostAt = clock.now();
    await store.create(runOf("a", { wakeAt: lostAt }));
    await clock.pass(1_000);
    expect(rings[0]?.runId).toBe("a");
  });

  test("wakes earlier when it hears of an earlier time", async () => {
    const { clock, store, rings, timer } = timerOver();
    timer.start();
    await clock.pass(10);
    const at = clock.now() + 5;
    await store.create(runOf("a", { wakeAt: at }));
    timer.expect(at);
    await clock.pass(5);
    expect(rings[0]).toEqual({ runId: "a", at });
  });

  test("rings nobody whose lease is held", async () => {
    const { clock, store, rings, timer } = timerOver();
    await store.create(runOf("a", { wakeAt: clock.now() }));
    await store.write("a", claim("somebody", clock.now()));
    timer.start();
    await clock.pass(5_000);
    expect(rings).toEqual([]);
  });

  test("looks behind the runs that are in the queue already", async () => {
    const { clock, store, rings, timer } = timerOver({ queued: () => 700 });
    for (let i = 0; i < 1_000; i += 1) await store.create(runOf(`r${i}`, { wakeAt: clock.now() }));
    timer.start();
    await clock.pass(0);
    expect(new Set(rings.map(({ runId }) => runId)).size).toBe(1_000);
  });

  test("asks for nothing while the queue is full, and goes on when it is not", async () => {
    let full = true;
    const { clock, store, rings, timer } = timerOver({ queued: () => (full ? undefined : 0) });
    await store.create(runOf("a", { wakeAt: clock.now() }));
    timer.start();
    await clock.pass(500);
    expect(rings).toEqual([]);
    full = false;
    await clock.pass(1_000);
    expect(rings[0]?.runId).toBe("a");
  });

  test("goes on after the store has failed", async () => {
    let broken = true;
    const { clock, store, rings, errors, timer } = timerOver({ fails: () => broken });
    await store.create(runOf("a", { wakeAt: clock.now() }));
    timer.start();
    await clock.pass(3_000);
    expect(errors.length).toBeGreaterThan(1);
    broken = false;
    await clock.pass(1_000);
    expect(rings[0]?.runId).toBe("a");
  });

  test("with a bell: a run whose message to its runner was lost is rung again", async () => {
    const { clock, store } = timerOver();
    const heard: string[] = [];
    const bell = new Bell({ clock, capacity: 4 });
    let lossy = true;
    bell.seat({ ring: (runId) => (lossy ? undefined : void heard.push(runId)) });
    const made = timer({
      store,
      clock,
      remind: (runId) => bell.remind(runId),
      queued: () => bell.queued(),
      onError: () => {},
    });
    stop = made.stop;
    await store.create(runOf("a", { wakeAt: clock.now() }));
    made.start();
    bell.ring("a");
    await clock.pass(100);
    expect(heard).toEqual([]);
    lossy = false;
    await clock.pass(2_000);
    expect(heard).toContain("a");
  });
});
