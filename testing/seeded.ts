/** Chance that comes out the same: mulberry32, and an id port made of it. */
import type { Chance } from "../engine/ports.ts";

/** Numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const idDigits = 24;

/** The chance port of a run under test. */
export function seededChance(seed: number): Chance {
  const random = seeded(seed);
  const digit = (): string => Math.floor(random() * 36).toString(36);
  return {
    id: (prefix) => prefix + Array.from({ length: idDigits }, digit).join(""),
    fraction: random,
  };
}
