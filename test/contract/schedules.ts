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
      for (const schedule of [nightly, { ...stopped, id: "sched_c" }, { ...nightly, id: "sched_a", last: 5 }])
        expect(await schedules.put(schedule)).toBe(true);
      expect(await schedules.all()).toStrictEqual([
        { ...nightly, id: "sched_a", last: 5 },
        nightly,
        { ...stopped, id: "sched_c" },
      ]);
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
  });
}
