/**
 * P8: random task files, as written against made durable: without faults, with crashes and write latency, without doorbells.
 */
import { differences, type Faults, totals } from "../random/check.ts";
import type { Suite } from "./suite.ts";

/** One program after the other; every fourth also loses all its rings. */
function faultsOf(seed: number): (Faults | undefined)[] {
  const crashes = { seed: seed * 31 + 7, crashes: 3, latencyMs: 20, flaky: true };
  const silence = { seed, crashes: 2, latencyMs: 5, dropRings: true };
  return [undefined, crashes, ...(seed % 4 === 0 ? [silence] : [])];
}

export const programs: Suite = {
  name: "P8",
  shows: "A random program made durable gives the same value as written, with crashes at random calls, too.",
  ci: { from: 1, count: 2_000 },
  async attempt(seed) {
    const before = { ...totals };
    const found: string[] = [];
    for (const faults of faultsOf(seed)) {
      const how = faults === undefined ? "without faults" : JSON.stringify(faults);
      found.push(...(await differences(seed, faults)).map((each) => `${how}: ${each}`));
    }
    const { programs: runs, crashes, passes, effects } = totals;
    return {
      found,
      counters: {
        runs: runs - before.programs,
        crashes: crashes - before.crashes,
        passes: passes - before.passes,
        effects: effects - before.effects,
      },
    };
  },
};
