/** Chance out of a seed. */
import { seeded } from "../../engine/world.ts";

export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number, 0 or more and below `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
}

/** The same seed gives the same numbers. */
export function randomOf(seed: number): Random {
  const fraction = seeded(seed);
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    chance: (share) => fraction() < share,
  };
}
