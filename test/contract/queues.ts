import { describe, expect, test } from "vitest";
import { claim, finish, suspend } from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };

/** What a store promises of queues that people look at and change. */
export function queuePromises(current: Current): void {
  const put = async (...sets: Partial<Run>[]): Promise<string[]> => {
    const runs = sets.map((set, place) => aRun({ queue: "q", createdAt: 1_000 + place, ...set }));
    for (const run of runs) await current().store.create(run);
    return runs.map(({ id }) => id);
  };
  const take = (id: string, now = 2_000): Promise<Written> =>
    current().store.write(id, claim("p", now, now + 100_000));
  const lease = async (runId: string) => {
    const run = await current().store.read(runId);
    return { runId, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 };
  };
  const done = async (id: string, now = 3_000): Promise<Written> =>
    current().store.write(id, finish(await lease(id), "completed", now, counts, false));

  describe("queues that people look at and change", () => {
    test("are those that code has told of, with a limit or without", async () => {
      const { store, desk } = current();
      expect(await desk.queue("q")).toBeUndefined();
      expect(await desk.adjust("q", { isPaused: true }, 1_000)).toBeUndefined();
      await store.limit("q", 2, 1_000);
      await store.limit("any", undefined, 1_000);
      expect(await desk.queues()).toStrictEqual(["any", "q"]);
      expect(await desk.queue("any")).toEqual({ name: "any", isPaused: false });
      expect(await desk.queue("q")).toEqual({ name: "q", base: 2, isPaused: false, running: 0, queued: 0 });
      await store.limit("q", undefined, 1_000);
      expect(await desk.queue("q")).toEqual({ name: "q", isPaused: false });
    });

    test("tell how many run and how many wait, over all concurrency keys", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      await store.limit("q2", 1, 1_000);
      const ids = await put(
        {},
        {},
        { concurrencyKey: "a" },
        { concurrencyKey: "a" },
        { concurrencyKey: "b" },
      );
      await put({ queue: "q2" });
      for (const id of ids) await take(id);
      expect(await desk.queue("q")).toMatchObject({ running: 3, queued: 2 });
      await done(ids[0] ?? "");
      expect(await desk.queue("q")).toMatchObject({ running: 2, queued: 2 });
    });

    test.each([
      ["with a limit", 2],
      ["without one", undefined],
    ] as const)(
      "a paused queue %s begins nothing and goes on with nothing; what waits stays as it is, and is called when it is resumed",
      async (_, limit) => {
        const { store, desk } = current();
        await store.limit("q", limit, 1_000);
        const [first = "", second = "", third = ""] = await put({}, {}, {});
        await take(first);
        expect(await desk.adjust("q", { isPaused: true }, 2_000)).toStrictEqual([]);
        expect(await take(second)).toMatchObject({ applied: false, isFull: true, run: { status: "QUEUED" } });
        // What is at work goes on until it waits or ends.
        const away = { ...counts, wakeAt: 2_500, waitingFor: { kind: "timer", count: 1 } } as const;
        expect((await store.write(first, suspend(await lease(first), 2_100, 0, away))).applied).toBe(true);
        expect(await take(first, 2_600)).toMatchObject({ isFull: true, run: { status: "WAITING" } });
        expect(await take(third, 2_700)).toMatchObject({ isFull: true });
        expect(await desk.queue("q")).toMatchObject({ isPaused: true, queued: 3 });
        expect(await store.due(9_999, 9)).toStrictEqual([]);
        // New code, or the same again, resumes nothing.
        await store.limit("q", 3, 2_800);
        expect(await take(second, 2_900)).toMatchObject({ isFull: true });
        await store.limit("q", limit, 2_950);
        const called = [first, second, third].slice(0, limit ?? 3);
        expect(await desk.adjust("q", { isPaused: false }, 3_000)).toStrictEqual(called);
        expect((await take(first, 3_001)).applied).toBe(true);
      },
    );

    test("a run that was called is held back by a pause, and called again when that is over", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      for (const id of [first, second]) await take(id);
      expect((await done(first)).called).toStrictEqual([second]);
      await desk.adjust("q", { isPaused: true }, 3_001);
      expect(await take(second, 3_002)).toMatchObject({ isFull: true });
      expect(await desk.adjust("q", { isPaused: false }, 3_003)).toStrictEqual([second]);
      expect((await take(second, 3_004)).applied).toBe(true);
    });

    test("an override counts in place of the code's limit, whatever the code says, until it is taken back", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = "", third = ""] = await put({}, {}, {});
      for (const id of [first, second, third]) await take(id);
      expect(await desk.adjust("q", { override: 2 }, 3_000)).toStrictEqual([second]);
      expect((await take(second, 3_001)).applied).toBe(true);
      expect(await store.limit("q", 3, 3_002)).toStrictEqual([]);
      const overridden = { name: "q", base: 3, override: 2, overriddenAt: 3_000, isPaused: false };
      expect(await desk.queue("q")).toEqual({ ...overridden, running: 2, queued: 1 });
      expect(await desk.adjust("q", { override: null }, 3_003)).toStrictEqual([third]);
      expect(await desk.queue("q")).toEqual({ name: "q", base: 3, isPaused: false, running: 2, queued: 1 });
    });

    test.each([
      ["of the code's", { total: 1 }],
      ["where the code gives none, beside its limit of each key", { perKey: 5 }],
    ] as const)(
      "an override of the total, %s, counts over all keys until it is taken back",
      async (_, limits) => {
        const { store, desk } = current();
        await store.limit("q", limits, 1_000);
        await desk.adjust("q", { totalOverride: 2 }, 1_500);
        const ids = await put(...["a", "b", "c", "d"].map((concurrencyKey) => ({ concurrencyKey })));
        for (const id of ids) await take(id);
        const [first = ""] = ids;
        expect(await desk.queue("q")).toMatchObject({
          ...{ totalOverride: 2, totalOverriddenAt: 1_500, running: 2, queued: 2 },
        });
        // One slot that is given back calls one run.
        expect((await done(first)).called).toHaveLength(1);
        expect(await desk.adjust("q", { totalOverride: 0 }, 3_000)).toStrictEqual([]);
        // The code's say again does not undo it.
        expect(await store.limit("q", { ...limits }, 3_001)).toStrictEqual([]);
        expect(await desk.queue("q")).toMatchObject({ totalOverride: 0, totalOverriddenAt: 3_000 });
        for (const id of ids.slice(1)) await take(id, 3_002);
        expect(await desk.queue("q")).toMatchObject({ running: 1, queued: 2 });
        await desk.adjust("q", { totalOverride: 3 }, 3_003);
        for (const id of ids.slice(1)) await take(id, 3_004);
        expect(await desk.queue("q")).toMatchObject({ running: 3, queued: 0 });
        await desk.adjust("q", { totalOverride: null }, 3_005);
        const after = await desk.queue("q");
        expect([after?.total, after?.totalOverride, after?.totalOverriddenAt]).toStrictEqual([
          "total" in limits ? limits.total : undefined,
          undefined,
          undefined,
        ]);
      },
    );

    test("the overrides of a key's limit and of the total are each other's no business", async () => {
      const { store, desk } = current();
      await store.limit("q", { perKey: 1, total: 2 }, 1_000);
      await desk.adjust("q", { override: 5 }, 1_001);
      await desk.adjust("q", { totalOverride: 7, isPaused: true }, 1_002);
      const both = { name: "q", base: 1, total: 2, isPaused: true, running: 0, queued: 0 };
      const perKey = { override: 5, overriddenAt: 1_001 };
      const total = { totalOverride: 7, totalOverriddenAt: 1_002 };
      expect(await desk.queue("q")).toEqual({ ...both, ...perKey, ...total });
      await desk.adjust("q", { override: null }, 1_003);
      expect(await desk.queue("q")).toEqual({ ...both, ...total });
    });

    test("pause and override are each other's no business", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      await desk.adjust("q", { isPaused: true }, 1_001);
      await desk.adjust("q", { override: 5 }, 1_002);
      expect(await desk.queue("q")).toMatchObject({ isPaused: true, override: 5, base: 1 });
      await desk.adjust("q", { override: null }, 1_003);
      expect(await desk.queue("q")).toEqual({ name: "q", base: 1, isPaused: true, running: 0, queued: 0 });
    });
  });
}
