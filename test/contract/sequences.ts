/**
 * Random sequences of operations, and what two stores answer to the same one. The memory store is the reference.
 *
 * Invariant: the same seed gives the same sequence.
 */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { anyOperation, beginning, everything, headsOf, type Operation } from "./operations.ts";
import { plain } from "./runs.ts";
import type { Tested } from "./store.ts";
import { memory } from "./stores.ts";

export type Sequence = readonly (readonly Operation[])[];

/** Any sequence: batches of operations that are asked for at once. */
export const anySequence: fc.Arbitrary<Sequence> = fc.array(
  fc.array(anyOperation, { minLength: 1, maxLength: 4, size: "max" }),
  { maxLength: 40, size: "max" },
);

/** The sequence of a seed. */
export const sequenceOf = (seed: number): Sequence => fc.sample(anySequence, { seed, numRuns: 1 })[0] ?? [];

/** What has to come about somewhere, or the sequences say little. */
export const outcomes = [
  '"created":true',
  '"created":false',
  '"isSecond":true',
  '"applied":true',
  '"applied":false',
  '"appended"',
  '"taken"',
  '"erased"',
  '"kept"',
];

/**
 * Answers to operations. Those of one batch are asked for at once, in the same turn; of a store that is far away one is
 * asked for after the other: what overtakes on the way there is not the store's doing.
 */
async function answers(tested: Tested, batches: Sequence, isFar: boolean): Promise<unknown[]> {
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

/** What a store answered, and what memory did. */
export interface Compared {
  readonly given: readonly unknown[];
  readonly expected: readonly unknown[];
  readonly operations: number;
}

/** Asks a store and the memory store the same. */
export async function compared(
  make: () => Promise<Tested>,
  sequence: Sequence,
  isFar: boolean,
): Promise<Compared> {
  const other = await make();
  try {
    const expected = await answers(await reference(other), sequence, isFar);
    const given = await answers(other, sequence, isFar);
    return { given, expected, operations: beginning.length + sequence.flat().length };
  } finally {
    await other.close();
  }
}

/** The first answer that differs, in words; undefined: none does. */
export function difference({ given, expected }: Compared): string | undefined {
  const at = expected.findIndex((answer, place) => !isDeepStrictEqual(answer, given[place]));
  return at < 0
    ? undefined
    : `answer ${at}: ${JSON.stringify(given[at])}, and not ${JSON.stringify(expected[at])}`;
}
