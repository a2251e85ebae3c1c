import { describe, expect, test } from "vitest";
import { claim, finish, suspend } from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };
/** Behind every time that a test comes to. */
const later = 10_000_000;

/** What a store promises of the limit that people give one concurrency key. */
export function keyLimitPromises(current: Current): void {
  const put = async (...keys: (string | Partial<Run> | undefined)[]): Promise<string[]> => {
    const runs = keys.map((key, place) => {
      const set = typeof key === "object" ? key : key === undefined ? {} : { concurrencyKey: key };
      return aRun({ queue: "q", createdAt: 1_000 + place, ...set });
    });
    for (const run of runs) await current().store.create(run);
    return runs.map(({ id }) => id);
  };
  const take = (id: string, now = 2_000): Promise<Written> =>
    current().store.write(id, claim("p", now, now + 1_000_000));
  const takeAll = async (ids: readonly string[], now = 2_000): Promise<boolean[]> => {
    const answers: boolean[] = [];
    for (const id of ids) answers.push((await take(id, now)).applied);
    return answers;
  };
  const lease = async (runId: string) => {
    const run = await current().store.read(runId);
    return { runId, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 };
  };
  const done = async (id: string, now = 3_000): Promise<readonly string[]> =>
    (await current().store.write(id, finish(await lease(id), "completed", now, counts, false))).called ?? [];
  const give = (key: string, limit: number | undefined, now = 1_500, expiresAt = later) =>
    current().desk.overrideKey("q", key, limit === undefined ? undefined : { limit, expiresAt }, now);
  /** Who gets to work, when the timer has looked. */
  const comeAt = async (now: number): Promise<string[]> => {
    const come: string[] = [];
    for (let next = await current().store.due(now, 99); next.length > 0; ) {
      const called: string[] = [];
      for (const id of next) {
        const answer = await take(id, now);
        if (answer.applied) come.push(id);
        called.push(...(answer.called ?? []));
      }
      next = called.filter((id) => !come.includes(id));
    }
    return come.sort();
  };

  describe("the limit of one concurrency key", () => {
    test("counts for that key in place of what counts for each, and for no other key", async () => {
      await current().store.limit("q", 2, 1_000);
      expect(await give("a", 1)).toStrictEqual([]);
      expect(await give("b", 3)).toStrictEqual([]);
      const ids = await put("a", "a", "b", "b", "b", "b", "c", "c", "c", undefined, undefined, undefined);
      const free = [true, false, true, true, true, false, true, true, false, true, true, false];
      expect(await takeAll(ids)).toStrictEqual(free);
    });

    test("raised, calls those who wait of that key at once, in order, and nobody else; lowered, lets those at work end", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const ids = await put("a", "a", "a", "a", "b", "b");
      await takeAll(ids);
      const [a1 = "", a2 = "", a3 = "", a4 = ""] = ids;
      expect(await give("a", 3, 2_100)).toStrictEqual([a2, a3]);
      expect(await takeAll([a2, a3], 2_200)).toStrictEqual([true, true]);
      expect(await give("a", 1, 2_300)).toStrictEqual([]);
      expect(await done(a1, 2_400)).toStrictEqual([]);
      expect(await done(a2, 2_500)).toStrictEqual([]);
      expect(await done(a3, 2_600)).toStrictEqual([a4]);
    });

    test("of 0 begins none of the key and goes on with none, and costs no other key its turn", async () => {
      const { store } = current();
      await store.limit("q", { perKey: 2, total: 2 }, 1_000);
      const ids = await put("a", "a", "b", "c", "b", "c");
      const [a1 = "", a2 = "", b1 = "", c1 = "", b2 = "", c2 = ""] = ids;
      expect(await takeAll([a1, a2])).toStrictEqual([true, true]);
      expect(await give("a", 0, 2_100)).toStrictEqual([]);
      const away = { ...counts, wakeAt: 2_200, waitingFor: { kind: "timer", count: 1 } } as const;
      await store.write(a1, suspend(await lease(a1), 2_110, 0, away));
      expect(await takeAll([a1, b1, c1, b2, c2], 2_300)).toStrictEqual([false, true, false, false, false]);
      expect(await store.read(a1)).toMatchObject({ status: "WAITING", turn: "parked" });
      // The other keys take turns: nobody of them is passed over for the one that is blocked.
      const next = [...(await done(a2, 2_400)), ...(await done(b1, 2_500))];
      expect(next.sort()).toStrictEqual([b2, c1].sort());
      await takeAll(next, 2_600);
      expect(await done(b2, 2_700)).toStrictEqual([c2]);
      expect(await done(c1, 2_800)).toStrictEqual([]);
      // Now there is a slot for it, and it is its own limit alone that keeps it.
      expect(await give("a", undefined, 2_900)).toStrictEqual([a1]);
      expect(await takeAll([a1], 3_000)).toStrictEqual([true]);
    });

    test.each([
      ["0", 0],
      ["1, which is taken", 1],
    ] as const)("of %s is over at its time: who waits gets to work then", async (_, limit) => {
      const { store } = current();
      await store.limit("q", 3, 1_000);
      await give("a", limit, 1_500, 40_000);
      const ids = await put("a", "a", "a", "a", "b");
      expect((await takeAll(ids)).filter(Boolean)).toHaveLength(limit + 1);
      expect(await comeAt(31_000)).toStrictEqual([]);
      expect(await take(ids[3] ?? "", 39_999)).toMatchObject({ applied: false, isFull: true });
      expect(await comeAt(70_001)).toStrictEqual(ids.slice(limit, 3).sort());
      expect(await current().desk.queueKey("q", "a", 70_001)).toMatchObject({ running: 3 });
    });

    test("that is over counts for nobody who comes then, whoever has looked", async () => {
      await current().store.limit("q", 1, 1_000);
      await give("a", 3, 1_500, 2_500);
      const ids = await put("a", "a", "a", "a");
      expect(await takeAll(ids.slice(0, 2), 2_499)).toStrictEqual([true, true]);
      expect(await takeAll(ids.slice(2), 2_500)).toStrictEqual([false, false]);
      const [first = "", second = "", third = ""] = ids;
      expect(await done(first, 2_600)).toStrictEqual([]);
      expect(await done(second, 2_700)).toStrictEqual([third]);
    });

    test("gives way to a pause of the whole limit, and counts again when that is over", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      const ids = await put("a", "a", "b");
      await desk.adjust("q", { isPaused: true }, 1_100);
      expect(await give("a", 2, 1_200)).toStrictEqual([]);
      expect(await takeAll(ids)).toStrictEqual([false, false, false]);
      expect(await desk.queueKey("q", "a", 2_000)).toMatchObject({
        settings: { base: 1, isPaused: true },
        override: { limit: 2, expiresAt: later },
      });
      const called = await desk.adjust("q", { isPaused: false }, 3_000);
      expect([...(called ?? [])].sort()).toStrictEqual([...ids].sort());
    });

    test("and the limit itself, its override and what new code says are each other's no business", async () => {
      const { store, desk } = current();
      await store.limit("q", 1, 1_000);
      await give("a", 2);
      await desk.adjust("q", { override: 4 }, 1_600);
      await store.limit("q", { perKey: 3, total: 9 }, 1_700);
      const key = { override: { limit: 2, expiresAt: later }, running: 0 };
      expect(await desk.queueKey("q", "a", 1_800)).toMatchObject({
        ...key,
        settings: { base: 3, total: 9, override: 4 },
      });
      await desk.adjust("q", { override: null }, 1_900);
      expect(await desk.queueKey("q", "a", 1_900)).toMatchObject({ ...key, settings: { base: 3 } });
      expect(await desk.queue("q")).toEqual({
        ...{ name: "q", base: 3, total: 9, isPaused: false, running: 0, queued: 0 },
      });
      await give("a", undefined, 2_000);
      expect((await desk.queueKey("q", "a", 2_000))?.override).toBeUndefined();
    });

    test("counts in a queue that counts nothing else, for that key alone", async () => {
      await current().store.limit("q", undefined, 1_000);
      await give("a", 1);
      expect(await takeAll(await put("a", "a", "b", "b", undefined))).toStrictEqual([
        ...[true, false, true, true, true],
      ]);
    });

    test("counts beside a total over all keys, which it cannot exceed", async () => {
      await current().store.limit("q", { perKey: 1, total: 3 }, 1_000);
      await give("a", 5);
      const ids = await put("a", "a", "b", "a", "a");
      expect(await takeAll(ids)).toStrictEqual([true, true, true, false, false]);
      expect(await done(ids[2] ?? "")).toStrictEqual([ids[3]]);
    });

    test("counts for a run under several limits, in that one of them which it was given for", async () => {
      const { store, desk } = current();
      await store.limit("q", 5, 1_000);
      await store.limit("s", 1, 1_000);
      await desk.overrideKey("s", "a", { limit: 2, expiresAt: later }, 1_500);
      const both = { limits: ["s"], concurrencyKey: "a" };
      const ids = await put(both, both, both, { limits: ["s"], concurrencyKey: "b" });
      expect(await takeAll(ids)).toStrictEqual([true, true, false, true]);
      expect(await desk.queueKey("s", "a", 2_000)).toMatchObject({ running: 2 });
      // It waits at the second limit with its slot of the first.
      expect(await desk.queueKey("q", "a", 2_000)).toMatchObject({ running: 3, override: undefined });
      expect(await desk.overrideKey("s", "a", { limit: 3, expiresAt: later }, 2_100)).toStrictEqual([ids[2]]);
    });

    test("is shown with what the key holds, until it is over; a queue that no code has told of has no keys", async () => {
      const { store, desk } = current();
      expect(await desk.queueKey("q", "a", 1_000)).toBeUndefined();
      expect(await give("a", 1, 1_000)).toBeUndefined();
      await store.limit("q", 2, 1_000);
      await give("a", 1, 1_500, 5_000);
      await takeAll(await put("a", "a", "b"));
      const override = { limit: 1, expiresAt: 5_000 };
      const settings = { base: 2, isPaused: false };
      expect(await desk.queueKey("q", "a", 4_999)).toEqual({ settings, override, running: 1 });
      expect(await desk.queueKey("q", "a", 5_000)).toEqual({ settings, override: undefined, running: 1 });
      expect(await desk.queueKey("q", "b", 4_999)).toEqual({ settings, override: undefined, running: 1 });
    });
  });
}
