/** The same random operations on a store and on the memory store, which is the reference: `sameAsMemory(name, make)`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { chosenSeed } from "../heavy/random.ts";
import { anyOperation, beginning, everything, headsOf, type Operation } from "./operations.ts";
import { plain } from "./runs.ts";
import type { Tested } from "./store.ts";
import { memory } from "./stores.ts";

const anyBatches = fc.array(fc.array(anyOperation, { minLength: 1, maxLength: 4, size: "max" }), {
  maxLength: 40,
  size: "max",
});

/** What has to come about somewhere, or the sequences say little. */
const outcomes = [
  '"created":true',
  '"created":false',
  '"applied":true',
  '"applied":false',
  '"appended"',
  '"taken"',
];

/**
 * Answers to operations. Those of one batch are asked for at once, in the same turn; of a store that is far away one is
 * asked for after the other: what overtakes on the way there is not the store's doing.
 */
async function answers(
  tested: Tested,
  batches: readonly (readonly Operation[])[],
  isFar: boolean,
): Promise<unknown[]> {
  const all: unknown[] = [];
  const rounds = [beginning, ...batches];
  for (const batch of isFar ? rounds.flat().map((one) => [one]) : rounds) {
    const heads = await headsOf(tested);
    const given = await Promise.all(batch.map(({ ask }) => ask(tested, heads)));
    all.push(...given.map((answer, place) => [batch[place]?.title, answer]));
  }
  return plain([...all, await everything(tested)]);
}

/** The memory store, which can do what the other can. */
async function reference(other: Tested): Promise<Tested> {
  const { leases, ...tested } = await memory();
  return { ...tested, fencesAppends: other.fencesAppends, ...(other.leases && leases ? { leases } : {}) };
}

/** Compares a store with memory on random sequences of operations. */
export function sameAsMemory(
  name: string,
  make: () => Promise<Tested>,
  { isFar = false, numRuns = 80 }: { readonly isFar?: boolean; readonly numRuns?: number } = {},
): void {
  test(`${name} answers any sequence of operations as memory does`, async () => {
    const missed = new Set(outcomes);
    const property = fc.asyncProperty(anyBatches, async (batches) => {
      const other = await make();
      try {
        const expected = await answers(await reference(other), batches, isFar);
        expect(await answers(other, batches, isFar)).toStrictEqual(expected);
        const text = JSON.stringify(expected);
        for (const outcome of missed) if (text.includes(outcome)) missed.delete(outcome);
      } finally {
        await other.close();
      }
    });
    // A failure prints its seed: HOLDFAST_SEED=… plays it again.
    await fc.assert(property, {
      numRuns: Number(process.env.HOLDFAST_RANDOM_RUNS ?? numRuns),
      seed: chosenSeed(),
    });
    expect([...missed]).toStrictEqual([]);
  });
}
