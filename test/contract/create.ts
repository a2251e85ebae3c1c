import { describe, expect, test } from "vitest";
import { aRun, plain } from "./runs.ts";
import type { Current } from "./store.ts";

/** What `create` and `read` promise. */
export function createPromises(current: Current): void {
  describe("create", () => {
    test("a new run is read back as it was given, without its undefined fields", async () => {
      const { store } = current();
      const run = aRun({
        tags: ["a", "ü\u0000😀"],
        metadata: { inline: "{}" },
        queue: undefined,
        error: { name: "E", message: "m", code: undefined },
      });
      expect(await store.create(run)).toStrictEqual({ created: true, run: plain(run) });
      expect(await store.read(run.id)).toStrictEqual(plain(run));
    });

    test("a run that is not there is undefined", async () => {
      expect(await current().store.read("run_none")).toBeUndefined();
    });

    test.each([1, 2_047, 2_048, 2_049, 30_000, 400_000])(
      "a payload of %i characters comes back whole, after changes too",
      async (length) => {
        const { store } = current();
        const run = aRun({ payload: { inline: "é".repeat(length) } });
        await store.create(run);
        await store.send(run.id, { id: "cancel", data: "{}" }, 5);
        expect((await store.read(run.id))?.payload).toStrictEqual(run.payload);
        expect((await store.list({ limit: 1 })).runs[0]?.payload).toStrictEqual(run.payload);
      },
    );

    test("an id that is there gives the run that has it, unchanged", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      expect(await store.create({ ...run, task: "other" }, { key: "k", expiresAt: 9_999 })).toStrictEqual({
        created: false,
        run: plain(run),
      });
      expect((await store.create(aRun(), { key: "k", expiresAt: 9_999 })).created).toBe(true);
    });

    test("an idempotency key that is there gives the run that has it, and puts nothing", async () => {
      const { store } = current();
      const run = aRun();
      const second = aRun();
      await store.create(run, { key: "k", expiresAt: 2_000 });
      expect(await store.create(second, { key: "k", expiresAt: 9_000 })).toStrictEqual({
        created: false,
        run: plain(run),
      });
      expect(await store.read(second.id)).toBeUndefined();
      expect((await store.create(aRun(), { key: "l", expiresAt: 2_000 })).created).toBe(true);
    });

    test("a key counts as absent from the very millisecond of its end, and the new run takes it", async () => {
      const { store } = current();
      const [first, early, late, after] = [
        aRun(),
        aRun({ createdAt: 1_999 }),
        aRun({ createdAt: 2_000 }),
        aRun({ createdAt: 2_001 }),
      ];
      await store.create(first, { key: "k", expiresAt: 2_000 });
      expect((await store.create(early, { key: "k", expiresAt: 9_000 })).run.id).toBe(first.id);
      expect(await store.create(late, { key: "k", expiresAt: 9_000 })).toMatchObject({
        created: true,
        run: { id: late.id },
      });
      expect(await store.create(after, { key: "k", expiresAt: 9_000 })).toMatchObject({
        created: false,
        run: { id: late.id },
      });
    });

    test("a key that was freed counts as absent from then on, and says whose it was", async () => {
      const { store } = current();
      const [first, early, late] = [aRun(), aRun({ createdAt: 1_499 }), aRun({ createdAt: 1_500 })];
      await store.create(first, { key: "k", expiresAt: 2_000 });
      expect(await store.free("k", 1_500)).toBe(first.id);
      expect(await store.free("k", 1_500)).toBe(first.id);
      expect((await store.create(early, { key: "k", expiresAt: 9_000 })).run.id).toBe(first.id);
      expect(await store.create(late, { key: "k", expiresAt: 9_000 })).toMatchObject({ created: true });
    });

    test("a key is freed of the run that is named, and of no other", async () => {
      const { store } = current();
      const [first, second] = [aRun(), aRun()];
      await store.create(first, { key: "k", expiresAt: 9_000 });
      expect(await store.free("k", 1_500, "run_other")).toBeUndefined();
      expect((await store.create(second, { key: "k", expiresAt: 9_000 })).run.id).toBe(first.id);
      expect(await store.free("k", 900, first.id)).toBe(first.id);
      expect((await store.create(second, { key: "k", expiresAt: 9_000 })).run.id).toBe(second.id);
    });

    test("a key that is not there is freed by nobody", async () => {
      expect(await current().store.free("k", 1_000)).toBeUndefined();
    });

    test("a key counts as absent however long ago it ended", async () => {
      const { store } = current();
      const day = 86_400_000;
      for (let n = 0; n < 12; n++)
        await store.create(aRun({ createdAt: n }), { key: `k${n}`, expiresAt: n + 1 });
      for (let n = 0; n < 12; n++) {
        expect(
          (await store.create(aRun({ createdAt: 3 * day + n }), { key: `k${n}`, expiresAt: 9 * day }))
            .created,
        ).toBe(true);
      }
    });

    test("a key stays until its end, whatever other keys come and go", async () => {
      const { store } = current();
      const first = aRun();
      await store.create(first, { key: "k", expiresAt: 100_000 });
      for (let n = 0; n < 12; n++)
        await store.create(aRun({ createdAt: 99_000 + n }), { key: `k${n}`, expiresAt: 99_001 + n });
      const late = await store.create(aRun({ createdAt: 99_999 }), { key: "k", expiresAt: 200_000 });
      expect(late).toStrictEqual({ created: false, run: plain(first) });
    });

    test("of many creates of one id, or with one key, at once, one puts the run and all get it", async () => {
      const { store } = current();
      const run = aRun();
      const sameId = await Promise.all(Array.from({ length: 8 }, () => store.create(run)));
      expect(sameId.filter(({ created }) => created)).toHaveLength(1);
      const sameKey = await Promise.all(
        Array.from({ length: 8 }, () => store.create(aRun(), { key: "k", expiresAt: 9_000 })),
      );
      expect(sameKey.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(sameKey.map((answer) => answer.run.id)).size).toBe(1);
      expect((await store.list({ limit: 100 })).runs).toHaveLength(2);
    });
  });
}
