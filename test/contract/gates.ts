import { describe, expect, test } from "vitest";
import { claim, endUnclaimed, finish, type Lease, suspend, yieldPass } from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };

/** What a store promises of runs under several limits. */
export function gatePromises(current: Current): void {
  let made = 0;
  const put = async (...sets: Partial<Run>[]): Promise<string[]> => {
    const runs = sets.map((set) => {
      made += 1;
      return aRun({ id: `run_g${String(made).padStart(4, "0")}`, createdAt: 1_000 + made, ...set });
    });
    for (const run of runs) await current().store.create(run);
    return runs.map(({ id }) => id);
  };
  const take = (id: string, now = 2_000, queues = {}): Promise<Written> =>
    current().store.write(id, claim("p", now, now + 100_000, queues));
  const lease = async (runId: string): Promise<Lease> => {
    const run = await current().store.read(runId);
    return { runId, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 };
  };
  const done = async (id: string, now = 3_000): Promise<Written> =>
    current().store.write(id, finish(await lease(id), "completed", now, counts, false));
  const limit = async (limits: Readonly<Record<string, number>>): Promise<void> => {
    for (const [queue, most] of Object.entries(limits)) await current().store.limit(queue, most, 1_000);
  };
  const both = { queue: "a", limits: ["b"] };

  describe("several limits", () => {
    test("a run is under its task's limits besides its queue's, whatever queue its trigger named", async () => {
      await limit({ a: 9, b: 9, c: 9 });
      const [own = "", named = ""] = await put({ task: "t" }, { task: "t", queue: "c" });
      const queues = { t: ["a", "b"] as const };
      expect((await take(own, 2_000, queues)).run).toMatchObject({ queue: "a", limits: ["b"] });
      expect((await take(named, 2_000, queues)).run).toMatchObject({ queue: "c", limits: ["b"] });
      expect(await current().desk.queue("b")).toMatchObject({ running: 2, queued: 0 });
      expect(await current().desk.queue("a")).toMatchObject({ running: 1, queued: 0 });
    });

    test("a task's only limit, named twice, holds for runs that their trigger put into another queue, too", async () => {
      await limit({ a: 1, c: 9 });
      const [own = "", named = ""] = await put({ task: "t" }, { task: "t", queue: "c" });
      const queues = { t: ["a", "a"] as const };
      const first = await take(own, 2_000, queues);
      expect([first.applied, first.run?.queue, first.run?.limits]).toEqual([true, "a", undefined]);
      const second = await take(named, 2_000, queues);
      expect([second.applied, second.run?.queue]).toEqual([false, "c"]);
      expect(await current().desk.queue("a")).toMatchObject({ running: 1, queued: 1 });
    });

    test.each([
      ["nothing", undefined, ["c"], ["c"], ["e", "c"]],
      ["nothing, and two are named", undefined, ["d", "c"], ["d", "c"], ["e", "d", "c"]],
      ["a queue", "a", ["c"], ["a", "c"], ["e", "c"]],
      ["a shared limit alone", ["b", "b"], ["c"], ["c"], ["e", "c"]],
      ["a shared limit alone, and none is named", ["b", "b"], [], ["task/t"], ["e"]],
      ["a queue and a shared limit", ["a", "b"], ["c"], ["a", "c"], ["e", "c"]],
      ["a queue and two shared limits, and none is named", ["a", "b", "d"], [], ["a"], ["e"]],
      ["a limit of its own", "task/t", ["c"], ["task/t", "c"], ["e", "c"]],
      ["a limit of its own and a shared one", ["task/t", "b"], ["c"], ["task/t", "c"], ["e", "c"]],
      ["all three", ["a", "task/t", "b"], ["c"], ["a", "task/t", "c"], ["e", "task/t", "c"]],
      ["a queue that is named as well", ["a", "b"], ["a"], ["a"], ["e", "a"]],
    ] as const)(
      "limits that a trigger names stand in place of what its task shares, and beside what is the task's own: %s",
      async (_, ofTask, concurrency, under, elsewhere) => {
        await limit({ a: 9, b: 9, c: 9 });
        const queues = ofTask === undefined ? {} : { t: ofTask };
        const named = { task: "t", concurrency: [...concurrency] };
        const [own = "", other = ""] = await put(named, { ...named, queue: "e" });
        const standsUnder = async (id: string, now: number) => {
          const { applied, run } = await take(id, now, queues);
          return [applied, run?.queue, ...(run?.limits ?? [])];
        };
        expect(await standsUnder(own, 2_000)).toEqual([true, ...under]);
        expect(await standsUnder(other, 2_000)).toEqual([true, ...elsewhere]);
        // The next claim finds it where it is.
        const wait = { ...counts, wakeAt: 3_000, waitingFor: { kind: "timer", count: 1 } } as const;
        await current().store.write(own, suspend(await lease(own), 2_500, 0, wait));
        expect(await standsUnder(own, 3_000)).toEqual([true, ...under]);
      },
    );

    test("limits that triggers name are shared by runs of whatever task, taken and given back as any", async () => {
      await limit({ a: 9, c: 1 });
      const queues = { t: ["a", "b"], u: "u" } as const;
      const named = { concurrency: ["c"] };
      const [first = "", second = "", third = "", free = ""] = await put(
        { task: "t", ...named },
        { task: "u", ...named },
        { task: "v", ...named },
        { task: "t" },
      );
      expect((await take(first, 2_000, queues)).applied).toBe(true);
      for (const id of [second, third])
        expect(await take(id, 2_000, queues)).toMatchObject({ applied: false, isFull: true });
      expect((await take(free, 2_000, queues)).applied).toBe(true);
      expect(await current().desk.queue("c")).toMatchObject({ running: 1, queued: 2 });
      expect((await done(first)).called).toEqual([second]);
      expect((await take(second, 3_100, queues)).applied).toBe(true);
      const wait = { ...counts, wakeAt: 9_000, waitingFor: { kind: "timer", count: 1 } } as const;
      const { called } = await current().store.write(second, suspend(await lease(second), 3_200, 0, wait));
      expect(called).toEqual([third]);
      expect((await take(third, 3_300, queues)).applied).toBe(true);
      expect((await take(second, 9_000, queues)).applied).toBe(false);
      expect((await done(third, 9_100)).called).toEqual([second]);
      expect((await take(second, 9_200, queues)).applied).toBe(true);
    });

    test("never more are held than either says", async () => {
      await limit({ a: 3, b: 2 });
      const ids = await put(both, both, both, { queue: "b" }, { queue: "a" }, { queue: "a" });
      const answers: boolean[] = [];
      for (const id of ids) answers.push((await take(id)).applied);
      // The third has its slot of `a` while it waits for one of `b`.
      expect(answers).toEqual([true, true, false, false, false, false]);
      expect(await current().desk.queue("a")).toMatchObject({ running: 3, queued: 2 });
      expect(await current().desk.queue("b")).toMatchObject({ running: 2, queued: 2 });
    });

    test("is exact when many claim at once", async () => {
      await limit({ a: 4, b: 2, c: 1 });
      const ids = await put(
        ...Array.from({ length: 9 }, (_, at) => ({ ...both, limits: at % 3 ? ["b"] : ["c"] })),
      );
      const answers = await Promise.all(ids.map((id) => take(id)));
      const held = answers.filter(({ applied }) => applied).map(({ run }) => run?.limits?.[0]);
      expect(held.length).toBeLessThanOrEqual(4);
      expect(held.filter((name) => name === "b").length).toBeLessThanOrEqual(2);
      expect(held.filter((name) => name === "c").length).toBeLessThanOrEqual(1);
    });

    test("who ends calls the next in each of its queues; a slot that was kept meanwhile is still there", async () => {
      await limit({ a: 2, b: 1 });
      const [first = "", second = "", third = ""] = await put(both, both, { queue: "a" });
      for (const id of [first, second, third]) await take(id);
      const { called = [] } = await done(first);
      expect([...called].sort()).toEqual([second, third].sort());
      expect((await take(third, 3_500)).applied).toBe(true);
      expect((await take(second, 3_600)).applied).toBe(true);
      expect(await current().desk.queue("b")).toMatchObject({ running: 1, queued: 0 });
      expect(await current().desk.queue("a")).toMatchObject({ running: 2, queued: 0 });
    });

    test("a run that waits gives all its slots back, and needs all of them again", async () => {
      await limit({ a: 1, b: 1 });
      const [first = "", inA = "", inB = ""] = await put(both, { queue: "a" }, { queue: "b" });
      for (const id of [first, inA, inB]) await take(id);
      const wait = { ...counts, wakeAt: 9_000, waitingFor: { kind: "timer", count: 1 } } as const;
      const { called = [] } = await current().store.write(first, suspend(await lease(first), 3_000, 0, wait));
      expect([...called].sort()).toEqual([inA, inB].sort());
      for (const id of [inA, inB]) expect((await take(id, 3_500)).applied).toBe(true);
      expect((await take(first, 9_000)).applied).toBe(false);
      await done(inA, 9_100);
      expect((await take(first, 9_200)).applied).toBe(false);
      expect((await done(inB, 9_300)).called).toEqual([first]);
      expect((await take(first, 9_400)).applied).toBe(true);
    });

    test("a pass that leaves work to the next one keeps the run's slots", async () => {
      await limit({ a: 1, b: 1 });
      const [first = "", inA = "", inB = ""] = await put(both, { queue: "a" }, { queue: "b" });
      for (const id of [first, inA, inB]) await take(id);
      const { called } = await current().store.write(first, yieldPass(await lease(first), 3_000, counts));
      expect(called ?? []).toEqual([]);
      for (const id of [inA, inB]) expect((await take(id, 3_500)).applied).toBe(false);
      expect((await take(first, 3_600)).applied).toBe(true);
    });

    test("two tasks that take the same limits the other way round do not wait for each other", async () => {
      await limit({ a: 1, b: 1 });
      const ids = await put(both, { queue: "b", limits: ["a"] }, both, { queue: "b", limits: ["a"] });
      const order: string[] = [];
      for (let round = 0; order.length < ids.length && round < 20; round++)
        for (const id of ids) {
          if (order.includes(id) || !(await take(id, 3_000 + round)).applied) continue;
          order.push(id);
          await done(id, 3_000 + round);
        }
      expect(order).toEqual(ids);
    });

    test("one that needs two slots is not passed over by those that need one", async () => {
      await limit({ a: 1, b: 1 });
      const [inA = "", inB = "", needsBoth = ""] = await put({ queue: "a" }, { queue: "b" }, both);
      for (const id of [inA, inB, needsBoth]) await take(id);
      const others = await put(...Array.from({ length: 6 }, (_, at) => ({ queue: at % 2 ? "a" : "b" })));
      for (const id of others) await take(id);
      // One slot after the other comes free, never two at once.
      expect((await done(inA, 4_000)).called).toEqual([needsBoth]);
      expect((await take(needsBoth, 4_001)).applied).toBe(false);
      // It came before the others in that line, too, whenever they asked.
      expect((await done(inB, 4_002)).called).toEqual([needsBoth]);
      expect((await take(needsBoth, 4_003)).applied).toBe(true);
    });

    test("one that is canceled while it waits gives back what it had already", async () => {
      await limit({ a: 1, b: 1 });
      const [inB = "", first = "", next = ""] = await put({ queue: "b" }, both, { queue: "a" });
      for (const id of [inB, first, next]) await take(id);
      const ended = await current().store.write(first, endUnclaimed("canceled", 3_000, undefined, false));
      expect(ended).toMatchObject({ applied: true, called: [next] });
      expect(ended.run).not.toHaveProperty("gate");
      expect((await done(inB, 3_100)).called ?? []).toEqual([]);
    });

    test("each concurrency key has the limits for itself, but for their totals", async () => {
      const { store } = current();
      await store.limit("a", { total: 2 }, 1_000);
      await store.limit("b", 1, 1_000);
      const keyed = (concurrencyKey: string) => ({ ...both, concurrencyKey });
      const ids = await put(keyed("x"), keyed("x"), keyed("y"), keyed("z"));
      const answers: boolean[] = [];
      for (const id of ids) answers.push((await take(id)).applied);
      expect(answers).toEqual([true, false, false, false]);
      expect((await done(ids[0] ?? "")).called).toHaveLength(2);
    });

    test("a limit that is paused or lowered holds them back in their places, and one that is taken away lets them go", async () => {
      const { desk, store } = current();
      await limit({ a: 2, b: 2 });
      await desk.adjust("b", { isPaused: true }, 1_500);
      const [first = "", second = ""] = await put(both, both);
      for (const id of [first, second]) expect((await take(id)).applied).toBe(false);
      expect(await desk.queue("a")).toMatchObject({ running: 2 });
      expect(await desk.adjust("b", { isPaused: false, override: 1 }, 2_500)).toEqual([first]);
      expect((await take(first, 2_600)).applied).toBe(true);
      expect((await take(second, 2_600)).applied).toBe(false);
      expect(await store.limit("b", undefined, 2_700)).toEqual([]);
      expect(await desk.adjust("b", { override: null }, 2_800)).toEqual([second]);
      expect((await take(second, 2_900)).applied).toBe(true);
    });
  });
}
