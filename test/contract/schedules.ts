import { describe, expect, test } from "vitest";
import type { Schedule } from "../../engine/schedules.ts";
import type { Current } from "./store.ts";

const nightly: Schedule = {
  id: "sched_b",
  task: "nightly",
  cron: "0 3 * * *",
  timezone: "Europe/Berlin",
  due: 1_790_000_000_000,
  revision: 1,
  form: 1,
};

/** What `Schedules` promises. */
export function schedulePromises(current: Current): void {
  describe("schedules", () => {
    test("all are given as they were put, in order of their ids", async () => {
      const { schedules } = current();
      expect(await schedules.all()).toStrictEqual([]);
      const { due: _, ...stopped } = nightly;
      expect(await schedules.read("sched_c")).toBeUndefined();
      for (const schedule of [nightly, { ...stopped, id: "sched_c" }, { ...nightly, id: "sched_a", last: 5 }])
        expect(await schedules.put(schedule)).toBe(true);
      expect(await schedules.all()).toStrictEqual([
        { ...nightly, id: "sched_a", last: 5 },
        nightly,
        { ...stopped, id: "sched_c" },
      ]);
      expect(await schedules.declared()).toStrictEqual(await schedules.all());
      expect(await schedules.read("sched_b")).toStrictEqual(nightly);
    });

    test("one is replaced by its next revision, and by no other", async () => {
      const { schedules } = current();
      expect(await schedules.put({ ...nightly, revision: 2 })).toBe(false);
      await schedules.put(nightly);
      const moved = { ...nightly, due: 1_790_086_400_000, last: 1_790_000_000_000, revision: 2 };
      expect(await schedules.put({ ...moved, revision: 3 })).toBe(false);
      expect(await schedules.put({ ...moved, revision: 1 })).toBe(false);
      expect(await schedules.put(moved)).toBe(true);
      expect(await schedules.all()).toStrictEqual([moved]);
    });

    test("of several who move it on at once, one does", async () => {
      const { schedules } = current();
      await schedules.put(nightly);
      const moves = [1, 2, 3, 4].map((last) => schedules.put({ ...nightly, last, revision: 2 }));
      expect((await Promise.all(moves)).filter(Boolean)).toHaveLength(1);
    });

    test("a put that is repeated, because its answer was lost, knows itself", async () => {
      const { schedules } = current();
      expect([await schedules.put(nightly), await schedules.put(nightly)]).toEqual([true, true]);
      const moved = { ...nightly, due: 1_790_086_400_000, revision: 2 };
      expect([await schedules.put(moved), await schedules.put(moved)]).toEqual([true, true]);
      expect(await schedules.put(nightly)).toBe(false);
    });

    test("those made by a call are given when they are due, once each, and are not among those of the code", async () => {
      const { schedules } = current();
      const ids = Array.from({ length: 30 }, (_, n) => `sched_${n}`);
      const made = { deduplicationKey: "mine", externalId: "yours" };
      await schedules.put(nightly);
      for (const [n, id] of ids.entries()) await schedules.put({ ...nightly, id, due: 1_000 + n, made });
      const { due: _, ...inactive } = {
        ...nightly,
        id: "sched_x",
        made: { ...made, isInactive: true },
      } as const;
      await schedules.put(inactive);
      const found: Schedule[] = [];
      for await (const part of schedules.due(1_019)) found.push(...part);
      expect(found.map(({ id }) => id).sort()).toEqual(ids.slice(0, 20).sort());
      expect(found).toContainEqual({ ...nightly, id: "sched_7", due: 1_007, made });
      expect(await schedules.declared()).toStrictEqual([nightly]);
      expect(await schedules.all()).toHaveLength(32);
      expect(await schedules.read("sched_x")).toStrictEqual(inactive);
    });

    test("one that was moved on is not due any more", async () => {
      const { schedules } = current();
      const mine: Schedule = { ...nightly, made: { deduplicationKey: "mine" } };
      await schedules.put(mine);
      await schedules.put({ ...mine, due: (mine.due as number) + 86_400_000, revision: 2 });
      for await (const part of schedules.due(mine.due as number)) expect(part).toEqual([]);
    });

    test("one that is deleted is listed no more, and is known for a day, so that no older revision brings it back", async () => {
      const { schedules } = current();
      const mine: Schedule = { ...nightly, made: { deduplicationKey: "mine" } };
      await schedules.put(mine);
      const { due: _, ...rest } = mine;
      const gone: Schedule = { ...rest, made: { deduplicationKey: "mine", goneAt: 5_000 }, revision: 2 };
      expect(await schedules.put(gone)).toBe(true);
      expect(await schedules.all()).toEqual([]);
      expect(await schedules.read(mine.id)).toStrictEqual(gone);
      expect(await schedules.put({ ...mine, due: 9 })).toBe(false);
      expect(await schedules.put({ ...mine, revision: 3 })).toBe(true);
      expect(await schedules.all()).toEqual([{ ...mine, revision: 3 }]);
    });
  });
}
