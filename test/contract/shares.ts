import { describe, expect, test } from "vitest";
import { claim, endUnclaimed, finish, suspend } from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };

/** What a store promises of queues whose keys share a limit, and of rates. */
export function sharePromises(current: Current): void {
  let made = 0;
  const put = async (...sets: Partial<Run>[]): Promise<string[]> => {
    const runs = sets.map((set) => {
      made += 1;
      return aRun({
        id: `run_${String(made).padStart(4, "0")}`,
        queue: "q",
        createdAt: 1_000 + made,
        ...set,
      });
    });
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
  const keyed = (key: string, count: number): Partial<Run>[] =>
    Array.from({ length: count }, () => ({ concurrencyKey: key }));

  describe("a total over all concurrency keys", () => {
    test("holds beside the limit of each key: never more than either", async () => {
      const { store } = current();
      await store.limit("q", { perKey: 2, total: 3 }, 1_000);
      const ids = await put(...keyed("a", 3), ...keyed("b", 3));
      const answers: boolean[] = [];
      for (const id of ids) answers.push((await take(id)).applied);
      expect(answers).toEqual([true, true, false, true, false, false]);
      expect(await current().desk.queue("q")).toMatchObject({ base: 2, total: 3, running: 3, queued: 3 });
    });

    test("is exact when many claim at once, in many keys", async () => {
      const { store } = current();
      await store.limit("q", { total: 3 }, 1_000);
      const ids = await put(...keyed("a", 4), ...keyed("b", 4), ...keyed("c", 4));
      const answers = await Promise.all(ids.map((id) => take(id)));
      expect(answers.filter(({ applied }) => applied)).toHaveLength(3);
    });

    test("calls the keys in turn: one with many runs keeps nobody of another waiting", async () => {
      const { store } = current();
      await store.limit("q", { total: 1 }, 1_000);
      const many = await put(...keyed("a", 12));
      const few = await put(...keyed("b", 2), ...keyed("c", 1));
      for (const id of [...many, ...few]) await take(id);
      const order: string[] = [];
      for (let next = many[0]; next !== undefined; ) {
        const run: Run | undefined = await store.read(next);
        order.push(run?.concurrencyKey ?? "");
        const { called = [] } = await done(next);
        expect(called.length).toBeLessThanOrEqual(1);
        next = called[0];
        if (next !== undefined) expect((await take(next, 3_000)).applied).toBe(true);
      }
      expect(order).toHaveLength(15);
      // Whoever is first: three keys have had a turn each within four starts, the second of b within seven.
      expect(new Set(order.slice(1, 4))).toEqual(new Set(["a", "b", "c"]));
      expect(order.slice(0, 7).filter((key) => key === "b")).toHaveLength(2);
    });

    test("passes over a key that is full itself", async () => {
      const { store } = current();
      await store.limit("q", { perKey: 1, total: 2 }, 1_000);
      const [a = "", b = "", a2 = "", b2 = "", c = ""] = await put(
        ...["a", "b", "a", "b", "c"].flatMap((key) => keyed(key, 1)),
      );
      for (const id of [a, b, a2, b2, c]) await take(id);
      const { called = [] } = await done(a);
      expect(called).toHaveLength(1);
      expect([a2, c]).toContain(called[0]);
      for (const id of called) await take(id, 3_000);
      expect((await take(b2, 3_001)).applied).toBe(false);
    });

    test("a run that waits gives its place up, and goes on before new ones of its key", async () => {
      const { store } = current();
      await store.limit("q", { total: 1 }, 1_000);
      const [early = "", old = ""] = await put({ createdAt: 900 }, { createdAt: 5_000 });
      await take(old);
      const away = { ...counts, wakeAt: undefined, waitingFor: { kind: "timer", count: 1 } } as const;
      await store.write(old, suspend(await lease(old), 2_500, 0, away));
      const [holder = ""] = await put({});
      await take(holder);
      await take(early);
      await take(old);
      expect((await done(holder)).called).toEqual([old]);
    });

    test("that is given to a queue later counts from then on, and is taken away again", async () => {
      const { store } = current();
      await store.limit("q", 5, 1_000);
      const ids = await put(...keyed("a", 2), ...keyed("b", 2));
      await store.limit("q", { perKey: 5, total: 1 }, 1_500);
      const answers: boolean[] = [];
      for (const id of ids) answers.push((await take(id)).applied);
      expect(answers).toEqual([true, false, false, false]);
      const called = await store.limit("q", 5, 4_000);
      expect([...called].sort()).toEqual(ids.slice(1));
      for (const id of called) expect((await take(id, 4_001)).applied).toBe(true);
    });
  });

  describe("a rate", () => {
    const rate = { limit: 2, periodMs: 1_000, perKey: false };

    test("lets so many runs start within any period, and calls the next for the very time", async () => {
      const { store } = current();
      await store.limit("q", { rate }, 1_000);
      const [a = "", b = "", c = "", d = "", e = ""] = await put({}, {}, {}, {}, {});
      expect((await take(a, 2_000)).applied).toBe(true);
      expect((await take(b, 2_400)).applied).toBe(true);
      expect(await take(c, 2_500)).toMatchObject({ isFull: true, later: [{ runId: c, at: 3_000 }] });
      expect(await take(d, 2_500)).toMatchObject({ isFull: true, later: [{ runId: d, at: 3_400 }] });
      const last = await take(e, 2_500);
      expect(last).toMatchObject({ isFull: true, run: { turn: "parked" } });
      expect(last).not.toHaveProperty("later");
      expect(await store.read(c)).toMatchObject({ turn: "later", wakeAt: 3_000 });
      expect(await store.due(2_999, 9)).toEqual([]);
      expect(await store.due(3_000, 9)).toEqual([c]);
      // Whoever starts lets the next one be called for its time.
      expect(await take(c, 3_000)).toMatchObject({ applied: true, later: [{ runId: e, at: 4_000 }] });
      expect((await take(d, 3_400)).applied).toBe(true);
      expect((await take(e, 4_000)).applied).toBe(true);
    });

    test("is kept by whoever comes early or late: what was rung too soon is called for its time again", async () => {
      const { store } = current();
      await store.limit("q", { rate: { ...rate, limit: 1 } }, 1_000);
      const [a = "", b = "", c = ""] = await put({}, {}, {});
      await take(a, 2_000);
      await take(b, 2_100);
      await take(c, 2_200);
      expect(await take(b, 2_900)).toMatchObject({ isFull: true, later: [{ runId: b, at: 3_000 }] });
      // An hour late: the next one counts from there.
      expect(await take(b, 9_000)).toMatchObject({ applied: true, later: [{ runId: c, at: 10_000 }] });
      expect((await take(c, 9_999)).applied).toBe(false);
      expect((await take(c, 10_000)).applied).toBe(true);
    });

    test("counts starts, not what goes on behind a wait or a crash", async () => {
      const { store } = current();
      await store.limit("q", { rate: { ...rate, limit: 1 } }, 1_000);
      const [a = "", b = ""] = await put({}, {});
      await take(a, 2_000);
      const away = { ...counts, wakeAt: 2_200, waitingFor: { kind: "timer", count: 1 } } as const;
      await store.write(a, suspend(await lease(a), 2_100, 0, away));
      expect((await take(a, 2_200)).applied).toBe(true);
      // Its holder dies: the lease ends by the clock.
      expect((await store.write(a, claim("p2", 900_000, 999_000))).applied).toBe(true);
      expect((await take(b, 900_001)).applied).toBe(true);
    });

    test("takes no slot for a run that has to wait for its time", async () => {
      const { store } = current();
      await store.limit("q", { perKey: 1, rate: { ...rate, limit: 1 } }, 1_000);
      const [a = "", b = ""] = await put({}, {});
      await take(a, 2_000);
      const away = { ...counts, wakeAt: 2_200, waitingFor: { kind: "timer", count: 1 } } as const;
      await store.write(a, suspend(await lease(a), 2_100, 0, away));
      expect(await take(b, 2_100)).toMatchObject({ later: [{ runId: b, at: 3_000 }] });
      expect((await take(a, 2_200)).applied).toBe(true);
      expect(await take(b, 3_000)).toMatchObject({ isFull: true, run: { turn: "parked" } });
      expect((await done(a, 3_100)).called).toEqual([b]);
      expect((await take(b, 3_100)).applied).toBe(true);
    });

    test("of each key is that key's alone", async () => {
      const { store } = current();
      await store.limit("q", { rate: { ...rate, limit: 1, perKey: true } }, 1_000);
      const [a = "", b = "", again = ""] = await put(...["a", "b", "a"].flatMap((key) => keyed(key, 1)));
      expect((await take(a, 2_000)).applied).toBe(true);
      expect((await take(b, 2_001)).applied).toBe(true);
      expect(await take(again, 2_002)).toMatchObject({ later: [{ runId: again, at: 3_000 }] });
    });

    test("goes to the next one when whoever was called for a time ends before it", async () => {
      const { store } = current();
      await store.limit("q", { rate: { ...rate, limit: 1 } }, 1_000);
      const [a = "", b = "", c = ""] = await put({}, {}, {});
      await take(a, 2_000);
      for (const id of [b, c]) await take(id, 2_100);
      const ended = await store.write(b, endUnclaimed("canceled", 2_500, undefined, false));
      expect(ended.later).toEqual([{ runId: c, at: 3_000 }]);
    });

    test("is exact when many claim at once", async () => {
      const { store } = current();
      await store.limit("q", { rate: { ...rate, limit: 3 } }, 1_000);
      const ids = await put(...keyed("a", 5), ...keyed("b", 5));
      const answers = await Promise.all(ids.map((id) => take(id)));
      expect(answers.filter(({ applied }) => applied)).toHaveLength(3);
      const heads = await Promise.all(ids.map((id) => store.read(id)));
      expect(heads.filter((run) => run?.turn === "later")).toHaveLength(3);
      expect(heads.filter((run) => run?.turn === "parked")).toHaveLength(4);
    });
  });
}
