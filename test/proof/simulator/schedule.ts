/**
 * One schedule: which runs are started, when, and what goes wrong meanwhile.
 *
 * Invariant: a seed is a schedule. A schedule that fails is made smaller by leaving out faults and runs.
 */
import { drawPlan, type Fault, type Place } from "./plan.ts";
import { randomOf } from "./random.ts";
import { drawItems, type Item } from "./shapes.ts";

export interface Schedule {
  readonly seed: number;
  readonly place: Place;
  readonly items: readonly Item[];
  readonly faults: readonly Fault[];
  /** Every ring is lost but the timer's. */
  readonly losesRings: boolean;
  /** In AWS, how long a pass begins new units. */
  readonly leaveAfterMs: number;
}

/** What every schedule of a campaign has in common. */
export interface Common {
  readonly place?: Place;
  /** Each has runs of this task, and of no other. */
  readonly task?: string;
  readonly losesRings?: boolean;
  /** No other faults. */
  readonly isQuiet?: boolean;
}

/** About so many calls of the store are made for a run. */
const callsPerRun = 28;

/** The schedule of a seed. */
export function scheduleOf(
  seed: number,
  { place, task, losesRings = false, isQuiet = false }: Common = {},
): Schedule {
  const random = randomOf(seed * 2_654_435_761);
  const where = place ?? random.pick(["machine", "cloud"] as const);
  const items = drawItems(random, task);
  const faults = isQuiet ? [] : drawPlan(random, where, 20 + items.length * callsPerRun);
  const leaveAfterMs = random.chance(0.2) ? 1_500 : 300_000;
  return { seed, place: where, items, faults, losesRings, leaveAfterMs };
}
