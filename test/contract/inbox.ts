import { describe, expect, test } from "vitest";
import { aRun, plain } from "./runs.ts";
import type { Current } from "./store.ts";

/** What `send` and `inbox` promise. */
export function inboxPromises(current: Current): void {
  describe("send", () => {
    test("an item raises the news and sets the time to wake; nothing else of the head changes", async () => {
      const { store } = current();
      const run = aRun({ status: "WAITING", wakeAt: undefined, waitingFor: { kind: "token", count: 1 } });
      await store.create(run);
      expect(await store.send(run.id, { id: "token:1", data: '{"ok":true}' }, 5_000)).toBe(true);
      expect(await store.read(run.id)).toStrictEqual(plain({ ...run, news: 1, wakeAt: 5_000 }));
    });

    test("items come in the order in which they were sent", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      const items = ["token:9", "child:b", "cancel", "child:a"].map((id) => ({ id, data: `"${id}"` }));
      for (const item of items) await store.send(run.id, item, 1);
      expect(await store.inbox(run.id)).toStrictEqual(items);
      expect((await store.read(run.id))?.news).toBe(4);
    });

    test("an id that is there keeps its first item and place, and is told again", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      await store.send(run.id, { id: "a", data: "1" }, 10);
      await store.send(run.id, { id: "b", data: "2" }, 20);
      expect(await store.send(run.id, { id: "a", data: "3" }, 30)).toBe(true);
      expect(await store.inbox(run.id)).toStrictEqual([
        { id: "a", data: "1" },
        { id: "b", data: "2" },
      ]);
      expect(await store.read(run.id)).toMatchObject({ news: 3, wakeAt: 30 });
    });

    test("many items at once are all kept and all counted", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.send(run.id, { id: `child:${n}`, data: "0" }, 1)),
      );
      expect(await store.inbox(run.id)).toHaveLength(20);
      expect((await store.read(run.id))?.news).toBe(20);
    });

    test("a run that is not there gets nothing", async () => {
      const { store } = current();
      expect(await store.send("run_none", { id: "cancel", data: "0" }, 1)).toBe(false);
      expect(await store.inbox("run_none")).toStrictEqual([]);
      const run = aRun({ id: "run_none" });
      await store.create(run);
      expect(await store.inbox("run_none")).toStrictEqual([]);
    });
  });
}
