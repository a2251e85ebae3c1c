import { describe, expect, test } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { memoryStore } from "../../engine/memory-store.ts";
import { toText } from "../../engine/record.ts";
import { DeathCount, hasMoved, isSuspect } from "../../local/suspects.ts";
import { runOf } from "./runs.ts";

const own = { owner: "o", outside: false };
const outside = { owner: "o", outside: true };

async function storeWith(deaths: number, deathsAt: number, kinds: readonly ("pass" | "result")[]) {
  const store = memoryStore();
  await store.create(runOf("a", { deaths, deathsAt }));
  const { run } = await store.write("a", claim("o", 1));
  for (const [place, kind] of kinds.entries()) {
    const common = { t: 1, by: "o", epoch: 1 };
    const result = { key: `k${place}`, gen: 0, ok: true, value: { inline: "null" }, sort: "unit" };
    const data = toText(
      kind === "pass" ? { ...common, kind, codeVersion: "v" } : { ...common, ...result, kind },
    );
    await store.append({ runId: "a", owner: "o", epoch: 1 }, { number: place + 1, epoch: 1, data });
  }
  return { store, run: run ?? runOf("a") };
}

describe("a suspect", () => {
  test("is a run whose process died twice without a new record", async () => {
    for (const [deaths, expected] of [
      [0, false],
      [1, false],
      [2, true],
      [3, true],
    ] as const) {
      const { store, run } = await storeWith(deaths, 0, ["pass"]);
      expect(await isSuspect(store, run)).toBe(expected);
    }
  });

  test("is cleared by a record that tells of progress, not by a pass that merely begins", async () => {
    const begun = await storeWith(2, 1, ["result", "pass"]);
    expect(await hasMoved(begun.store, begun.run)).toBe(false);
    const moved = await storeWith(2, 1, ["result", "pass", "result"]);
    expect(await hasMoved(moved.store, moved.run)).toBe(true);
    expect(await isSuspect(moved.store, moved.run)).toBe(false);
  });
});

describe("the verdict", () => {
  test("falls with the third death that the run itself may have caused", () => {
    const deaths = new DeathCount();
    expect(deaths.convicts(runOf("a", { deaths: 1 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 2 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 3 }), own)).toBe(true);
  });

  test("falls with the sixth death of any sort", () => {
    const deaths = new DeathCount();
    for (let count = 1; count <= 5; count += 1) {
      expect(deaths.convicts(runOf("a", { deaths: count }), outside)).toBe(false);
    }
    expect(deaths.convicts(runOf("a", { deaths: 6 }), outside)).toBe(true);
  });

  test("counts deaths from outside apart: two of them and two of its own are not three of its own", () => {
    const deaths = new DeathCount();
    expect(deaths.convicts(runOf("a", { deaths: 1 }), outside)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 2 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 3 }), outside)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 4 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 5 }), own)).toBe(true);
  });

  test("begins anew with progress", () => {
    const deaths = new DeathCount();
    deaths.convicts(runOf("a", { deaths: 1 }), own);
    deaths.convicts(runOf("a", { deaths: 2 }), own);
    expect(deaths.convicts(runOf("a", { deaths: 1 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 2 }), own)).toBe(false);
    expect(deaths.convicts(runOf("a", { deaths: 3 }), own)).toBe(true);
  });
});
