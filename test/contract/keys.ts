import { describe, expect, test } from "vitest";
import { aRun, plain } from "./runs.ts";
import type { Current } from "./store.ts";

/** What a second key of `create`, and `adopt`, promise. */
export function keyPromises(current: Current): void {
  const key = (name: string, expiresAt = 9_000) => ({ key: name, expiresAt });

  describe("two keys", () => {
    test("find the run that was made with them, each by itself; the second says so", async () => {
      const { store } = current();
      const run = aRun();
      expect(await store.create(run, key("a"), key("b"))).toStrictEqual({ created: true, run: plain(run) });
      const found = { created: false, run: plain(run) };
      expect(await store.create(aRun(), key("a"))).toStrictEqual(found);
      expect(await store.create(aRun(), key("b"))).toStrictEqual(found);
      expect(await store.create(aRun(), undefined, key("b"))).toStrictEqual({ ...found, isSecond: true });
      expect(await store.create(aRun(), key("c"), key("b"))).toStrictEqual({ ...found, isSecond: true });
    });

    test("that two runs have give the first key's, and an id goes before both", async () => {
      const { store } = current();
      const [one, two, three] = [aRun(), aRun(), aRun()];
      await store.create(one, key("a"));
      await store.create(two, key("b"));
      await store.create(three);
      expect(await store.create(aRun(), key("a"), key("b"))).toStrictEqual({
        created: false,
        run: plain(one),
      });
      expect(await store.create(aRun(), key("b"), key("a"))).toStrictEqual({
        created: false,
        run: plain(two),
      });
      expect(await store.create(three, key("a"), key("b"))).toStrictEqual({
        created: false,
        run: plain(three),
      });
    });

    test("of which one is there put nothing: the other one stays free", async () => {
      const { store } = current();
      await store.create(aRun(), key("b"));
      const refused = aRun();
      await store.create(refused, key("a"), key("b"));
      expect(await store.read(refused.id)).toBeUndefined();
      expect((await store.create(aRun(), key("a"))).created).toBe(true);
    });

    test("end each at its own time", async () => {
      const { store } = current();
      const first = aRun();
      await store.create(first, key("a", 2_000), key("b", 3_000));
      const between = await store.create(aRun({ createdAt: 2_500 }), key("a"), key("b"));
      expect(between).toMatchObject({ created: false, isSecond: true, run: { id: first.id } });
      const next = aRun({ createdAt: 3_000 });
      expect((await store.create(next, key("a"), key("b"))).created).toBe(true);
      const late = await store.create(aRun({ createdAt: 3_001 }), key("a"));
      expect(late.run.id).toBe(next.id);
    });
  });

  describe("a key that is given to a run", () => {
    test("finds it from then on, until its end", async () => {
      const { store } = current();
      const run = aRun();
      await store.create(run);
      expect(await store.adopt(key("a", 5_000), 1_000, run.id)).toBe(run.id);
      expect(await store.adopt(key("a", 5_000), 1_000, run.id)).toBe(run.id);
      expect((await store.create(aRun({ createdAt: 4_999 }), key("a"))).run.id).toBe(run.id);
      expect((await store.create(aRun({ createdAt: 5_000 }), key("a"))).created).toBe(true);
    });

    test("stays another run's where it holds, and says whose; where it has ended, or was freed, it is given", async () => {
      const { store } = current();
      const [one, two] = [aRun(), aRun()];
      await store.create(one, key("a", 5_000));
      await store.create(two);
      expect(await store.adopt(key("a"), 4_999, two.id)).toBe(one.id);
      expect(await store.adopt(key("a"), 5_000, two.id)).toBe(two.id);
      await store.free("a", 6_000);
      expect(await store.adopt(key("a", 8_000), 6_000, one.id)).toBe(one.id);
    });
  });
}
