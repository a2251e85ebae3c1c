/** The same random operations on a store and on the memory store, which is the reference: `sameAsMemory(name, make)`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { chosenSeed } from "../heavy/random.ts";
import { anySequence, compared, outcomes } from "./sequences.ts";
import type { Tested } from "./store.ts";

/** Compares a store with memory on random sequences of operations. */
export function sameAsMemory(
  name: string,
  make: () => Promise<Tested>,
  { isFar = false, numRuns = 80 }: { readonly isFar?: boolean; readonly numRuns?: number } = {},
): void {
  test(`${name} answers any sequence of operations as memory does`, async () => {
    const missed = new Set(outcomes);
    let operations = 0;
    const property = fc.asyncProperty(anySequence, async (sequence) => {
      const answers = await compared(make, sequence, isFar);
      expect(answers.given).toStrictEqual(answers.expected);
      operations += answers.operations;
      const text = JSON.stringify(answers.expected);
      for (const outcome of missed) if (text.includes(outcome)) missed.delete(outcome);
    });
    // A failure prints its seed: HOLDFAST_SEED=… plays it again.
    await fc.assert(property, {
      numRuns: Number(process.env.HOLDFAST_RANDOM_RUNS ?? numRuns),
      seed: chosenSeed(),
    });
    console.log(`${name} and memory: ${operations} operations, 0 differences`);
    expect([...missed]).toStrictEqual([]);
  });
}
