import { describe, expect, test } from "vitest";
import type { Run } from "../../engine/run.ts";
import { aRun, claimed } from "./runs.ts";
import type { Current } from "./store.ts";

/** What `due` and `nextWake` promise. */
export function wakePromises(current: Current): void {
  const put = (...runs: Partial<Run>[]) => Promise.all(runs.map((set) => current().store.create(aRun(set))));

  describe("due", () => {
    test("runs whose time has come are given earliest first, equal times by id, up to the limit", async () => {
      const { store } = current();
      await put(
        { id: "c", wakeAt: 30 },
        { id: "b", wakeAt: 10 },
        { id: "a", wakeAt: 10 },
        { id: "d", wakeAt: 31 },
        { id: "e", wakeAt: undefined },
      );
      expect(await store.due(30, 10)).toStrictEqual(["a", "b", "c"]);
      expect(await store.due(30, 2)).toStrictEqual(["a", "b"]);
      expect(await store.due(9, 10)).toStrictEqual([]);
    });

    test("a held run is not given: by a process never, by the clock until its lease ends", async () => {
      const { store } = current();
      await put(
        { id: "a", wakeAt: 10, owner: "p" },
        { id: "b", wakeAt: 10, owner: "p", leaseUntil: 20 },
        { id: "c", wakeAt: 15 },
      );
      expect(await store.due(19, 10)).toStrictEqual(["c"]);
      expect(await store.due(20, 10)).toStrictEqual(["b", "c"]);
      expect(await store.due(20, 1)).toStrictEqual(["b"]);
    });

    test("a claim hides a run, news or not, until the lease is given back", async () => {
      const { store } = current();
      const lease = await claimed(store, "p", { wakeAt: 10 });
      await store.send(lease.runId, { id: "cancel", data: "0" }, 11);
      expect(await store.due(99, 10)).toStrictEqual([]);
      await store.write(lease.runId, {
        event: "yielded",
        when: { status: ["EXECUTING"] },
        set: { owner: undefined },
      });
      expect(await store.due(99, 10)).toStrictEqual([lease.runId]);
    });

    test("a finished run with a time to wake is given: it has somebody to tell", async () => {
      await put(
        { id: "a", status: "COMPLETED", wakeAt: 10 },
        { id: "b", status: "COMPLETED", wakeAt: undefined },
      );
      expect(await current().store.due(10, 10)).toStrictEqual(["a"]);
    });
  });

  describe("nextWake", () => {
    test("the next time is the earliest of the runs that nobody holds, past or not", async () => {
      const { store } = current();
      expect(await store.nextWake()).toBeUndefined();
      await put({ wakeAt: undefined }, { wakeAt: 5, owner: "p" });
      expect(await store.nextWake()).toBeUndefined();
      await put({ wakeAt: 50 }, { wakeAt: 40.5 });
      expect(await store.nextWake()).toBe(40.5);
    });

    test("a run held by the clock counts from the end of its lease", async () => {
      const { store } = current();
      await put({ wakeAt: 5, owner: "p", leaseUntil: 30 }, { wakeAt: 40 });
      expect(await store.nextWake()).toBe(30);
      expect(await store.due(30, 5)).toHaveLength(1);
      await put({ wakeAt: 20 });
      expect(await store.nextWake()).toBe(20);
    });
  });
}
