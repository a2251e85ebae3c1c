/** Chance from a seed, so that a failing run can be had again. */

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of this run: `HOLDFAST_SEED`, which `test/setup/seed.ts` sets; outside of Vitest, a new one. */
export const chosenSeed = (): number => Number(process.env.HOLDFAST_SEED ?? Date.now() % 1_000_000);
