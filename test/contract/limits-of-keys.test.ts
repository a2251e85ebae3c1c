/** What the stores of one machine promise of limits of single keys beyond the contract. */
import { describe, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { mostKeyOverrides } from "../../engine/queues.ts";
import { aRun } from "./runs.ts";
import { memory, sqlite } from "./stores.ts";

describe.each([
  ["memory", memory],
  ["SQLite", sqlite],
])("limits of single keys in %s", (_, make) => {
  test("the next time to look is when one ends whose key has somebody waiting", async () => {
    const { store, desk, close } = await make();
    await store.limit("q", 1, 1_000);
    await desk.overrideKey("q", "a", { limit: 0, expiresAt: 9_000 }, 1_500);
    await desk.overrideKey("q", "b", { limit: 0, expiresAt: 8_000 }, 1_500);
    expect(await store.nextWake()).toBeUndefined();
    const runs = [0, 1].map((n) => aRun({ queue: "q", concurrencyKey: "a", createdAt: 1_000 + n }));
    for (const run of runs) {
      await store.create(run);
      await store.write(run.id, claim("p", 2_000));
    }
    expect(await store.nextWake()).toBe(9_000);
    expect(await store.due(8_999, 9)).toStrictEqual([]);
    // To the millisecond, and as many as come: no second look is needed.
    expect(await store.due(9_000, 9)).toStrictEqual([runs[0]?.id]);
    expect(await store.read(runs[0]?.id ?? "")).toMatchObject({ turn: "called", wakeAt: 9_000 });
    expect(await store.read(runs[1]?.id ?? "")).toMatchObject({ turn: "parked" });
    await close();
  });

  test(`there are ${mostKeyOverrides} of a queue at most, those that are over not counted: another is refused, and changes nothing`, async () => {
    const { store, desk, close } = await make();
    for (const name of ["q", "other"]) await store.limit(name, 1, 1_000);
    const give = (key: string, now: number, expiresAt = 9_000) =>
      desk.overrideKey("q", key, { limit: 2, expiresAt }, now);
    await Promise.all(
      Array.from({ length: mostKeyOverrides }, (_each, n) =>
        give(`key ${n}`, 1_500, n === 0 ? 2_000 : 9_000),
      ),
    );
    await expect(give("a", 1_999)).rejects.toThrow(/HF542/);
    expect(await desk.queueKey("q", "a", 1_999)).toMatchObject({ override: undefined });
    expect(await desk.overrideKey("other", "a", { limit: 2, expiresAt: 9_000 }, 1_999)).toStrictEqual([]);
    expect(await give("a", 2_000)).toStrictEqual([]);
    await expect(give("b", 2_001)).rejects.toThrow(/HF542/);
    // One that has it may have another.
    expect(await give("a", 2_002, 9_999)).toStrictEqual([]);
    await close();
  });
});
