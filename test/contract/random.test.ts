/** The same random operations on every store, the memory store being the reference. A third store is added to `others`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyOperation, beginning, everything, headsOf, type Operation } from "./operations.ts";
import { plain } from "./runs.ts";
import type { Tested } from "./store.ts";
import { memory, sqlite } from "./stores.ts";

const others: Readonly<Record<string, () => Promise<Tested>>> = { SQLite: sqlite };

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

/** Answers to operations; those of one batch are asked for at once, in the same turn. */
async function answers(tested: Tested, batches: readonly (readonly Operation[])[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const batch of [beginning, ...batches]) {
    const heads = await headsOf(tested);
    const given = await Promise.all(batch.map(({ ask }) => ask(tested, heads)));
    all.push(...given.map((answer, place) => [batch[place]?.title, answer]));
  }
  return plain([...all, await everything(tested)]);
}

test.each(Object.entries(others))("%s answers any sequence of operations as memory does", async (_, make) => {
  const missed = new Set(outcomes);
  const property = fc.asyncProperty(anyBatches, async (batches) => {
    const other = await make();
    const reference = { ...(await memory()), fencesAppends: other.fencesAppends };
    try {
      const expected = await answers(reference, batches);
      expect(await answers(other, batches)).toStrictEqual(expected);
      const text = JSON.stringify(expected);
      for (const outcome of missed) if (text.includes(outcome)) missed.delete(outcome);
    } finally {
      await other.close();
    }
  });
  // A failure prints its seed: HOLDFAST_SEED=… plays it again.
  await fc.assert(property, {
    numRuns: Number(process.env.HOLDFAST_RANDOM_RUNS ?? 80),
    ...seedOf(process.env.HOLDFAST_SEED),
  });
  expect([...missed]).toStrictEqual([]);
});

function seedOf(seed: string | undefined): { seed?: number } {
  return seed === undefined ? {} : { seed: Number(seed) };
}
