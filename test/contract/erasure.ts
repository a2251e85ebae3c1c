import { describe, expect, test } from "vitest";
import { eraseIfEnded, idempotencyText } from "../../engine/erasure.ts";
import { announce, finish } from "../../engine/head-write.ts";
import { resume } from "../../engine/resuming.ts";
import type { Run } from "../../engine/run.ts";
import { anEntry, aRun, claimed, wholeJournal } from "./runs.ts";
import type { Current } from "./store.ts";

const counts = { activeMs: 1, attempts: 1, lastNumber: 3 };
const value = (digit: string): string => digit.repeat(64);
const longText = "x".repeat(3_000);

/** What erasing promises. */
export function erasurePromises(current: Current): void {
  /** A run with records and news that has ended. */
  async function ended(event: "completed" | "failed" = "completed", set: Partial<Run> = {}): Promise<Run> {
    const { store } = current();
    const lease = await claimed(store, "p1", set);
    for (const number of [1, 2, 3]) await store.append(lease, anEntry(number, lease.epoch));
    await store.send(lease.runId, { id: "token:1", data: "1" }, 1_500);
    const output =
      event === "completed" ? { output: { inline: "1" } } : { error: { name: "E", message: "m" } };
    await store.write(lease.runId, finish(lease, event, 2_000, { ...counts, ...output }, false));
    return (await store.read(lease.runId)) ?? aRun();
  }

  describe("erasing", () => {
    test("takes a run away whole: head, payload, journal, inbox and its place in the list", async () => {
      const { store } = current();
      const run = await ended("completed", { payload: { inline: longText }, tags: ["x"] });
      const other = await ended();
      expect(await store.erase(run.id, 100)).toBe("erased");
      expect(await store.read(run.id)).toBeUndefined();
      expect(await wholeJournal(store, run.id)).toEqual([]);
      expect(await store.inbox(run.id)).toEqual([]);
      expect((await store.list({ limit: 10 })).runs.map(({ id }) => id)).toEqual([other.id]);
      expect(await wholeJournal(store, other.id)).toHaveLength(3);
      expect(await store.inbox(other.id)).toHaveLength(1);
    });

    test("takes its idempotency key away: the same key starts another run", async () => {
      const { store } = current();
      const run = aRun({ status: "COMPLETED", idempotencyKey: "k", wakeAt: undefined });
      const key = { key: idempotencyText(run) ?? "", expiresAt: 9_000 };
      await store.create(run, key);
      expect(await store.erase(run.id, 100)).toBe("erased");
      expect((await store.create(aRun({ idempotencyKey: "k" }), key)).created).toBe(true);
    });

    test("leaves an idempotency key alone that is another run's by now", async () => {
      const { store } = current();
      const run = aRun({ status: "COMPLETED", idempotencyKey: "k", wakeAt: undefined });
      const key = idempotencyText(run) ?? "";
      await store.create(run, { key, expiresAt: 1_500 });
      const next = aRun({ idempotencyKey: "k", createdAt: 2_000 });
      await store.create(next, { key, expiresAt: 9_000 });
      expect(await store.erase(run.id, 100)).toBe("erased");
      const again = await store.create(aRun({ createdAt: 2_001 }), { key, expiresAt: 9_000 });
      expect(again.run.id).toBe(next.id);
    });

    test("goes in portions, the head with the last", async () => {
      const { store } = current();
      const run = await ended();
      expect(await store.erase(run.id, 2)).toBe("more");
      expect(await wholeJournal(store, run.id)).toHaveLength(2);
      expect(await store.erase(run.id, 2)).toBe("more");
      expect(await store.read(run.id)).toBeDefined();
      expect(await store.erase(run.id, 2)).toBe("erased");
      expect(await store.read(run.id)).toBeUndefined();
    });

    test("may be repeated: a run that is not there counts as erased", async () => {
      expect(await current().store.erase("run_none", 10)).toBe("erased");
    });

    test("leaves a run alone that is open, or has still to tell somebody of its end", async () => {
      const { store } = current();
      const lease = await claimed(store);
      expect(await store.erase(lease.runId, 100)).toBe("kept");
      await store.write(lease.runId, finish(lease, "completed", 2_000, counts, true));
      expect(await store.erase(lease.runId, 100)).toBe("kept");
      await store.write(lease.runId, announce(2_001));
      expect(await store.erase(lease.runId, 100)).toBe("erased");
    });

    test("leaves a dead letter alone that somebody may resume; one that is given up nobody resumes", async () => {
      const { store } = current();
      const run = await ended("failed", { news: 0 });
      await store.write(run.id, announce(2_500));
      expect(await store.erase(run.id, 100)).toBe("kept");
      const dead = (await store.read(run.id)) ?? run;
      const given = await store.write(run.id, {
        event: "erased",
        when: { status: [dead.status], epoch: dead.epoch },
        set: {},
      });
      expect(given).toMatchObject({ applied: true, run: { status: "EXPIRED" } });
      expect((await store.write(run.id, resume(dead, 3_000, "v2"))).applied).toBe(false);
      expect(await store.erase(run.id, 100)).toBe("erased");
    });

    test("names the large values that are the run's alone, wherever it refers to them", async () => {
      const { store } = current();
      const [payload, record, output, news, shared] = ["a", "b", "c", "d", "e"].map(value);
      const lease = await claimed(store, "p1", { payload: { ref: payload ?? "", bytes: 40_000 } });
      const entry = (number: number, ref = "") => ({
        number,
        epoch: lease.epoch,
        data: JSON.stringify({ kind: "result", value: { ref, bytes: 40_000 } }),
      });
      await store.append(lease, entry(1, record));
      await store.append(lease, entry(2, shared));
      await store.send(
        lease.runId,
        { id: "child:1", data: JSON.stringify({ value: { ref: news, bytes: 9 } }) },
        5,
      );
      const done = { ...counts, output: { ref: output ?? "", bytes: 40_000 } };
      await store.write(lease.runId, finish(lease, "completed", 2_000, done, false));
      expect(await store.valuesOf(lease.runId)).toEqual([payload, record, output, news, shared]);
      const other = aRun({
        status: "COMPLETED",
        wakeAt: undefined,
        payload: { ref: shared ?? "", bytes: 40_000 },
      });
      await store.create(other);
      expect(await store.valuesOf(lease.runId)).toEqual([payload, record, output, news]);
      expect(await store.valuesOf(other.id)).toEqual([]);
      expect(await store.erase(lease.runId, 100)).toBe("erased");
      expect(await store.valuesOf(lease.runId)).toEqual([]);
      expect(await store.valuesOf(other.id)).toEqual([shared]);
    });

    test("of an ended run removes its values before the run, waits while one was just put, and does nothing to an open run", async () => {
      const { store } = current();
      const order: string[] = [];
      let isOld = false;
      const values = {
        async remove(ref: string) {
          order.push(`${ref.slice(0, 1)} while the run is ${(await store.read(run.id))?.status ?? "gone"}`);
          return isOld;
        },
      };
      const run = await ended("failed", { payload: { ref: value("f"), bytes: 40_000 } });
      const open = await claimed(store);
      expect(await eraseIfEnded({ store, values }, run)).toBe("kept");
      isOld = true;
      expect(await eraseIfEnded({ store, values }, (await store.read(run.id)) ?? run)).toBe("erased");
      expect(order).toEqual(Array.from({ length: 2 }, () => "f while the run is EXPIRED"));
      expect(await store.read(run.id)).toBeUndefined();
      expect(await eraseIfEnded({ store, values }, (await store.read(open.runId)) ?? run)).toBe("kept");
      expect(await store.read(open.runId)).toBeDefined();
    });

    test("of a run that was resumed meanwhile does nothing", async () => {
      const { store } = current();
      const run = await ended("failed");
      await store.write(run.id, resume(run, 3_000, "v2"));
      const lease = await store.write(run.id, {
        event: "claimed",
        when: { status: ["QUEUED"] },
        set: {},
        raiseEpoch: true,
      });
      expect(lease.applied).toBe(true);
      const values = { remove: () => Promise.reject(new Error("a value of an open run")) };
      expect(await eraseIfEnded({ store, values }, run)).toBe("kept");
      expect(await wholeJournal(store, run.id)).toHaveLength(3);
    });
  });
}
