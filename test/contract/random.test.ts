/** The same random operations on every store, the memory store being the reference. A third store is added to `others`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyOperation, everything, type Operation } from "./operations.ts";
import { plain } from "./runs.ts";
import type { Tested } from "./store.ts";
import { memory, sqlite } from "./stores.ts";

const others: Readonly<Record<string, () => Promise<Tested>>> = { SQLite: sqlite };

/** Answers to operations; those of one batch are asked for at once, in the same turn. */
async function answers(tested: Tested, batches: readonly (readonly Operation[])[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const batch of batches) {
    const given = await Promise.all(batch.map(({ ask }) => ask(tested)));
    all.push(...given.map((answer, place) => [batch[place]?.title, answer]));
  }
  return plain([...all, await everything(tested)]);
}

test.each(Object.entries(others))("%s answers any sequence of operations as memory does", async (_, make) => {
  let applied = 0;
  // A failure prints the seed and the path: `fc.assert(…, { seed, path })` plays it again.
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyOperation, { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
      async (batches) => {
        const [reference, other] = [await memory(), await make()];
        try {
          const expected = await answers(reference, batches);
          expect(await answers(other, batches)).toStrictEqual(expected);
          applied += JSON.stringify(expected).split('"applied":true').length - 1;
        } finally {
          await reference.close();
          await other.close();
        }
      },
    ),
    { numRuns: Number(process.env.HOLDFAST_RANDOM_RUNS ?? 150), ...seedOf(process.env.HOLDFAST_SEED) },
  );
  expect(applied).toBeGreaterThan(0);
});

function seedOf(seed: string | undefined): { seed?: number } {
  return seed === undefined ? {} : { seed: Number(seed) };
}
