/**
 * Random programs, as written against made durable. `SEED` and `PROGRAMS` choose others than the standard ones; a failure
 * prints its seed, and the same seed gives the same trace.
 */
import { expect, test } from "vitest";
import { differences, type Faults, totals } from "../random/check.ts";

const first = Number(process.env.SEED ?? 1);
const programs = Number(process.env.PROGRAMS ?? 500);

async function campaign(faultsOf: (seed: number) => Faults | undefined): Promise<string[]> {
  const bad: string[] = [];
  for (let seed = first; seed < first + programs; seed++) {
    const found = await differences(seed, faultsOf(seed));
    if (found.length > 0) bad.push(`seed ${seed}: ${found.join("; ").slice(0, 2_000)}`);
  }
  return bad;
}

test("a program made durable gives the same value and makes the same effects as written", async () => {
  expect(await campaign(() => undefined)).toEqual([]);
});

test("a program that crashes at random store calls gives the same value and repeats no recorded effect", async () => {
  const before = totals.crashes;
  const faults = (seed: number): Faults => ({ seed: seed * 31 + 7, crashes: 3, latencyMs: 20, flaky: true });
  expect(await campaign(faults)).toEqual([]);
  expect(totals.crashes - before).toBeGreaterThan(programs / 2);
});

test("a program whose doorbells are all lost still ends", async () => {
  const faults = (seed: number): Faults => ({ seed, crashes: 2, latencyMs: 5, dropRings: true });
  expect(await campaign(faults)).toEqual([]);
});
