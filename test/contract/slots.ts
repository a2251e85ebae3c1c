import { describe, expect, test } from "vitest";
import {
  claim,
  endUnclaimed,
  finish,
  judge,
  type Lease,
  release,
  suspend,
  yieldPass,
} from "../../engine/head-write.ts";
import type { Written } from "../../engine/ports.ts";
import type { Run } from "../../engine/run.ts";
import { aRun } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 0, lastNumber: 0 };

/** What a store promises of queues with a limit. */
export function slotPromises(current: Current): void {
  const put = async (...sets: Partial<Run>[]): Promise<string[]> => {
    const runs = sets.map((set) => aRun({ queue: "q", ...set }));
    for (const run of runs) await current().store.create(run);
    return runs.map(({ id }) => id);
  };
  const take = (runId: string, now = 2_000, owner = "p"): Promise<Written> =>
    current().store.write(runId, claim(owner, now, now + 100_000));
  const lease = async (runId: string): Promise<Lease> => {
    const run = await current().store.read(runId);
    return { runId, owner: run?.owner ?? "", epoch: run?.epoch ?? 0 };
  };
  const done = async (runId: string, now = 3_000): Promise<Written> =>
    current().store.write(runId, finish(await lease(runId), "completed", now, counts, false));
  const isHeld = async (runId: string): Promise<boolean> =>
    (await current().store.read(runId))?.owner !== undefined;

  describe("slots", () => {
    test("no more runs of a queue are held than its limit; those refused are parked, with no time to wake", async () => {
      const { store } = current();
      await store.limit("q", 2, 1_000);
      const ids = await put({}, {}, {}, {});
      const answers: Written[] = [];
      for (const id of ids) answers.push(await take(id));
      expect(answers.map(({ applied }) => applied)).toStrictEqual([true, true, false, false]);
      expect(answers[2]).toMatchObject({ isFull: true, run: { status: "QUEUED", turn: "parked", epoch: 0 } });
      expect(await store.due(9_999, 9)).toStrictEqual([]);
    });

    test("a run with a verdict is claimed in a full queue and in a paused one, is no start, and takes nobody's turn for good", async () => {
      const { store } = current();
      await store.limit("q", { perKey: 1, rate: { limit: 1, periodMs: 60_000, perKey: false } }, 1_000);
      const [first = "", ends = "", next = ""] = await put({}, {}, { createdAt: 1_005 });
      for (const id of [first, ends, next]) await take(id);
      const parked = (await store.read(ends)) as Run;
      const judged = await store.write(ends, judge(parked, 2_100, { event: "canceled" }));
      expect(judged).toMatchObject({ applied: true, run: { status: "QUEUED", wakeAt: 2_100 } });
      expect(judged.run).not.toHaveProperty("turn");
      expect(await store.due(2_100, 9)).toStrictEqual([ends]);
      expect(await take(ends, 2_200)).toMatchObject({ applied: true, run: { epoch: 1, queue: "q" } });
      const end = finish(await lease(ends), "canceled", 2_300, counts, false);
      expect(await store.write(ends, end)).toMatchObject({ applied: true, run: { status: "CANCELED" } });
      // The rate counts the first start alone: the next one comes a period behind it.
      expect((await done(first, 3_000)).called ?? []).toStrictEqual([]);
      expect(await store.read(next)).toMatchObject({ turn: "later", wakeAt: 62_000 });
    });

    test("a run that crashed with its slot gives it back with its verdict", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", next = ""] = await put({}, {});
      for (const id of [first, next]) await take(id);
      const freed = await store.write(first, release((await store.read(first)) as Run, 2_500));
      const verdict = { event: "crashed", error: { name: "E", message: "m" } } as const;
      const judged = await store.write(first, judge(freed.run as Run, 2_600, verdict));
      expect(judged).toMatchObject({ applied: true, called: [next], run: { verdict, deaths: 0 } });
      expect(await take(next, 2_700)).toMatchObject({ applied: true });
      expect(await take(first, 2_800)).toMatchObject({ applied: true });
    });

    test("a queue without a limit, and a run without a queue, are never refused", async () => {
      await current().store.limit("other", 1, 1_000);
      const ids = await put({}, {}, {}, { queue: undefined });
      for (const id of ids) expect((await take(id)).applied).toBe(true);
    });

    test("of many claims at once no more than the limit are granted", async () => {
      await current().store.limit("q", 3, 1_000);
      const ids = await put(...Array.from({ length: 12 }, () => ({})));
      const answers = await Promise.all(ids.map((id) => take(id)));
      expect(answers.filter(({ applied }) => applied)).toHaveLength(3);
      expect(answers.filter(({ isFull }) => isFull)).toHaveLength(9);
    });

    test("who gives a slot back calls the one who has waited longest, and makes it due", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", late = "", early = ""] = await put({}, { createdAt: 1_005 }, { createdAt: 1_004 });
      for (const id of [first, late, early]) await take(id);
      expect((await done(first)).called).toStrictEqual([early]);
      expect(await store.read(early)).toMatchObject({ turn: "called", wakeAt: 3_000 });
      expect(await store.due(3_000, 9)).toStrictEqual([early]);
      expect(await take(early, 3_001)).toMatchObject({ applied: true });
      expect(await store.read(early)).not.toHaveProperty("turn");
      expect((await done(early, 3_002)).called).toStrictEqual([late]);
    });

    test("a second of priority is worth a second of waiting", async () => {
      await current().store.limit("q", 1, 1_000);
      const [first = "", plain = "", urgent = ""] = await put(
        {},
        { createdAt: 1_500 },
        { createdAt: 2_400, priority: 1 },
      );
      for (const id of [first, plain, urgent]) await take(id, 2_500);
      expect((await done(first)).called).toStrictEqual([urgent]);
    });

    test("a slot that somebody was called for goes to nobody else", async () => {
      await current().store.limit("q", 1, 1_000);
      const [first = "", second = "", third = ""] = await put({}, {}, { createdAt: 2_900 });
      await take(first);
      await take(second);
      await done(first);
      expect(await take(third)).toMatchObject({ applied: false, isFull: true });
      expect(await take(second)).toMatchObject({ applied: true });
    });

    test("a run that waits gives its slot back, and needs one again when it goes on", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await take(first);
      await take(second);
      const away = { ...counts, wakeAt: 5_000, waitingFor: { kind: "timer", count: 1 } } as const;
      const answer = await store.write(first, suspend(await lease(first), 3_000, 0, away));
      expect(answer.called).toStrictEqual([second]);
      await take(second, 3_001);
      expect(await take(first, 5_000)).toMatchObject({ isFull: true, run: { status: "WAITING" } });
      expect((await done(second, 5_001)).called).toStrictEqual([first]);
      expect(await take(first, 5_002)).toMatchObject({
        applied: true,
        run: { status: "EXECUTING", epoch: 2 },
      });
    });

    test("a pass that leaves work to the next one keeps the run's slot", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await take(first);
      await take(second);
      const answer = await store.write(first, yieldPass(await lease(first), 3_000, counts));
      expect(answer).not.toHaveProperty("called");
      expect(await take(second, 3_001)).toMatchObject({ isFull: true });
      expect((await take(first, 3_001)).applied).toBe(true);
    });

    test("a run whose lease has ended by the clock keeps its slot until it is claimed again", async () => {
      await current().store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await take(first, 2_000);
      expect(await take(second, 900_000)).toMatchObject({ isFull: true });
      expect((await take(first, 900_000, "p2")).applied).toBe(true);
    });

    test("a dead process's runs keep their slots for their next pass", async ({ skip }) => {
      const { store, leases } = current();
      if (leases === undefined) return skip();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await store.write(first, claim("dead", 2_000));
      await take(second);
      await leases.releaseOwner("dead", 3_000);
      expect(await take(second, 3_001)).toMatchObject({ isFull: true });
      expect((await take(first, 3_001)).applied).toBe(true);
    });

    test("a called run that ends without having been claimed gives its slot to the next", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = "", third = ""] = await put({}, { createdAt: 1_001 }, { createdAt: 1_002 });
      for (const id of [first, second, third]) await take(id);
      await done(first);
      const ended = await store.write(second, endUnclaimed("canceled", 3_500, undefined, false));
      expect(ended).toMatchObject({ applied: true, called: [third] });
    });

    test("a parked run that ends is called no more", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await take(first);
      await take(second);
      await store.write(second, endUnclaimed("canceled", 2_500, undefined, false));
      expect(await done(first)).not.toHaveProperty("called");
      expect(await store.read(second)).not.toHaveProperty("turn");
    });

    test("each concurrency key has the whole limit for itself", async () => {
      await current().store.limit("q", 1, 1_000);
      const [a = "", b = "", again = "", none = ""] = await put(
        { concurrencyKey: "a" },
        { concurrencyKey: "b" },
        { concurrencyKey: "a" },
        {},
      );
      expect((await take(a)).applied).toBe(true);
      expect((await take(b)).applied).toBe(true);
      expect((await take(none)).applied).toBe(true);
      expect(await take(again)).toMatchObject({ isFull: true });
      expect((await done(a)).called).toStrictEqual([again]);
    });

    test("a higher limit calls who waits, in every key; a lower one lets those who are held go on", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = "", third = "", keyed = "", other = ""] = await put(
        {},
        { createdAt: 1_001 },
        { createdAt: 1_002 },
        { concurrencyKey: "k" },
        { concurrencyKey: "k" },
      );
      for (const id of [first, second, third, keyed, other]) await take(id);
      expect([...(await store.limit("q", 2, 4_000))].sort()).toStrictEqual([second, other].sort());
      expect(await store.read(second)).toMatchObject({ wakeAt: 4_000 });
      for (const id of [second, other]) expect((await take(id, 4_001)).applied).toBe(true);
      expect(await store.limit("q", 1, 5_000)).toStrictEqual([]);
      expect(await isHeld(second)).toBe(true);
      expect(await done(first, 5_001)).not.toHaveProperty("called");
      expect((await done(second, 5_002)).called).toStrictEqual([third]);
    });

    test("without its limit a queue lets everybody go on", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = "", third = ""] = await put({}, {}, {});
      for (const id of [first, second, third]) await take(id);
      expect([...(await store.limit("q", undefined, 4_000))].sort()).toStrictEqual([second, third].sort());
      for (const id of [second, third]) expect((await take(id, 4_001)).applied).toBe(true);
    });

    test("what is told to a parked run makes it due, and it stays in its place", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, {});
      await take(first);
      await take(second);
      await store.send(second, { id: "cancel", data: "{}" }, 2_500);
      expect(await store.due(2_500, 9)).toStrictEqual([second]);
      expect(await take(second, 2_501)).toMatchObject({ isFull: true });
      expect(await store.due(9_999, 9)).toStrictEqual([]);
      expect((await done(first)).called).toStrictEqual([second]);
    });

    test("a parked run that has a ttl and was never started is due when that is over", async () => {
      const { store } = current();
      await store.limit("q", 1, 1_000);
      const [first = "", second = ""] = await put({}, { ttlMs: 5_000 });
      await take(first);
      expect(await take(second)).toMatchObject({ run: { wakeAt: 6_001 } });
    });
  });
}
