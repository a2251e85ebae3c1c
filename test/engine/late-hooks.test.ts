/** Hooks of runs that were never entered. */
import { expect, test } from "vitest";
import { bench } from "./tasks.ts";

const source = `task({ id: "t",
  onFailure: async ({ error }) => { await lib.note("onFailure " + (error as Error).message); },
  onComplete: async ({ result }) => { await lib.note("onComplete " + result.ok); },
  run: async () => { await lib.note("run"); } });`;

test("a run that comes too late for its ttl calls onFailure and onComplete, and never run, at every crash", async () => {
  let boundaries = Number.POSITIVE_INFINITY;
  for (let at = 1; at <= boundaries; at++) {
    for (const strike of ["before", "after"] as const) {
      const calls: string[] = [];
      let count = 0;
      const lib = { note: async (name: string) => void calls.push(name) };
      const { world, id } = bench(source, lib, { strike: () => (++count === at ? strike : undefined) });
      const { id: runId } = await world.start(id("t"), undefined, { ttlMs: -1 });
      expect((await world.finish(runId)).status).toBe("EXPIRED");
      expect([...new Set(calls)]).toEqual([expect.stringMatching(/^onFailure HF317/), "onComplete false"]);
      boundaries = count;
    }
  }
  expect(boundaries).toBeGreaterThan(4);
});
