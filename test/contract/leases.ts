import { describe, expect, test } from "vitest";
import { anEntry, aRun, claimed } from "./runs.ts";
import type { Current } from "./store.ts";

/** What a store promises whose leases are their processes' lives. */
export function leasePromises(current: Current): void {
  const given = (skip: () => void) => {
    const { store, leases } = current();
    if (leases === undefined) skip();
    return { store, leases: leases ?? { owners: async () => [], releaseOwner: async () => [] } };
  };

  describe("releaseOwner", () => {
    test("a dead process's runs are queued again and due at once; other processes' runs and epochs stay", async ({
      skip,
    }) => {
      const { store, leases } = given(skip);
      const [one, two, other] = [
        await claimed(store, "dead"),
        await claimed(store, "dead"),
        await claimed(store, "alive"),
      ];
      await store.create(aRun({ wakeAt: 99_999 }));
      expect(await leases.owners()).toStrictEqual(["alive", "dead"]);
      expect(await leases.releaseOwner("dead", 5_000)).toStrictEqual([one.runId, two.runId].sort());
      const freed = await store.read(one.runId);
      expect(freed).toMatchObject({ status: "QUEUED", epoch: 1, wakeAt: 5_000, updatedAt: 5_000, deaths: 1 });
      expect(freed).not.toHaveProperty("owner");
      expect(await store.read(other.runId)).toMatchObject({ status: "EXECUTING", owner: "alive" });
      expect(await store.due(5_000, 9)).toStrictEqual([one.runId, two.runId].sort());
      expect(await leases.owners()).toStrictEqual(["alive"]);
      expect(await leases.releaseOwner("dead", 6_000)).toStrictEqual([]);
    });

    test("nothing is appended any more under a lease so freed", async ({ skip }) => {
      const { store, leases } = given(skip);
      const lease = await claimed(store, "dead");
      await leases.releaseOwner("dead", 5_000);
      expect(await store.append(lease, anEntry(1, lease.epoch))).toStrictEqual({ outcome: "superseded" });
    });

    test("deaths in a row are counted while no record tells of progress: beginning a pass is none", async ({
      skip,
    }) => {
      const { store, leases } = given(skip);
      const { runId } = await claimed(store, "p1");
      const deaths: (number | undefined)[] = [];
      // What each life writes before it dies.
      const lives = [
        ["pass"],
        ["pass", "empty"],
        ["pass", "result"],
        [],
        ["empty", "pass"],
        ["pass", "try", "pass"],
        ["pass"],
      ];
      let number = 0;
      let epoch = 1;
      for (const life of lives) {
        for (const kind of life)
          await store.append({ runId, owner: "p1", epoch }, anEntry(++number, epoch, "", kind));
        await leases.releaseOwner("p1", 5_000);
        deaths.push((await store.read(runId))?.deaths);
        await store.write(runId, { event: "claimed", when: { status: ["QUEUED"] }, set: { owner: "p1" } });
        epoch = (await store.read(runId))?.epoch ?? 0;
      }
      expect(deaths).toStrictEqual([1, 2, 1, 2, 3, 1, 2]);
    });
  });
}
