/**
 * What goes wrong in a schedule: a list of faults, drawn from a seed. A fault that is taken out leaves the others as they
 * are, so that a plan that fails can be made smaller.
 *
 * Owns:      which faults there are, where they strike, and how many of them a run can live through.
 * Invariant: the same seed gives the same plan.
 */
import type { Random } from "./random.ts";

/** Where the schedule plays: one machine, or AWS. */
export type Place = "machine" | "cloud";

/** What happens to a call of the store. */
export type CallFault =
  /** Refused: nothing was applied. */
  | "throttled"
  /** Its request is lost, and the caller gets a time-out. */
  | "lost before"
  /** It was applied; the caller gets a time-out. */
  | "lost after"
  /** The caller gets a time-out, and only then it is applied. */
  | "late"
  /** Its answer takes long. */
  | "slow"
  /** The process dies before the request is out. */
  | "dies before"
  /** The process dies when the call was applied and before it knows. */
  | "dies after"
  /** The process dies as soon as it has the answer. */
  | "dies later"
  /** The process stands still for a while, and goes on as if nothing had been: a zombie, once its lease is over. */
  | "frozen"
  /** The same, and the request goes out only then: nobody waits for it any more. */
  | "frozen before";

/** What happens to a ring. */
type RingFault = "dropped" | "doubled" | "delayed";

/** What happens to a tick of the timer in AWS. */
type TickFault = "left out" | "doubled" | "stale";

/** One thing that goes wrong. `at`: the number of the call, ring or tick; of an event, milliseconds after the beginning. */
export type Fault =
  | { readonly on: "call"; readonly at: number; readonly what: CallFault; readonly ms: number }
  | { readonly on: "ring"; readonly at: number; readonly what: RingFault; readonly ms: number }
  | { readonly on: "tick"; readonly at: number; readonly what: TickFault; readonly ms: number }
  | { readonly on: "time"; readonly at: number; readonly what: "deploy" | "rotate" }
  /** The clock of the process with this number is wrong by so much. */
  | { readonly on: "process"; readonly at: number; readonly what: "skew"; readonly ms: number };

/** Two clocks are never further apart: see `engine/lease-hold.ts`. */
const skewMax = 2_500;
/** A run whose passes end so often without a record is taken for what kills them: three in AWS, six on one machine. */
const deathsMax = { machine: 4, cloud: 2 } as const;

const callFaults = {
  machine: ["throttled", "throttled", "slow"],
  cloud: ["throttled", "lost before", "lost after", "lost after", "late", "slow"],
} as const satisfies Record<Place, readonly CallFault[]>;

const deaths = {
  machine: ["dies before", "dies after", "dies later"],
  cloud: ["dies before", "dies after", "dies later", "frozen", "frozen before"],
} as const satisfies Record<Place, readonly CallFault[]>;

/** Draws a plan for a schedule that makes about so many calls. */
export function drawPlan(random: Random, place: Place, calls: number): Fault[] {
  const call = (what: CallFault, ms: number): Fault => ({
    on: "call",
    at: 1 + random.below(calls),
    what,
    ms,
  });
  const some = (most: number): undefined[] => Array.from({ length: random.below(most + 1) });
  const longest = place === "machine" ? 900 : 4_000;
  const plan: Fault[] = [
    ...some(5).map(() => call(random.pick(callFaults[place]), 50 + random.below(longest))),
    ...some(deathsMax[place]).map(() => call(random.pick(deaths[place]), 1_000 + random.below(60_000))),
    ...some(6).map((): Fault => {
      const what = random.pick(["dropped", "doubled", "delayed"] as const);
      return { on: "ring", at: 1 + random.below(Math.ceil(calls / 6)), what, ms: random.below(5_000) };
    }),
  ];
  if (random.chance(0.3)) plan.push({ on: "time", at: random.below(20_000), what: "deploy" });
  if (random.chance(0.3)) plan.push({ on: "time", at: random.below(20_000), what: "rotate" });
  if (place === "machine") return plan;
  const ticks = some(2).map((): Fault => {
    const what = random.pick(["left out", "doubled", "stale"] as const);
    return { on: "tick", at: 1 + random.below(4), what, ms: random.below(10_000) };
  });
  const skews = some(4).map((): Fault => {
    const ms = random.below(2 * skewMax + 1) - skewMax;
    return { on: "process", at: 1 + random.below(12), what: "skew", ms };
  });
  return [...plan, ...ticks, ...skews];
}

/** A plan, asked by number. */
export class Plan {
  readonly faults: readonly Fault[];
  /** How many of them have struck. */
  struck = 0;
  readonly #at = new Map<string, Fault>();

  constructor(faults: readonly Fault[]) {
    this.faults = faults;
    for (const fault of faults) this.#at.set(`${fault.on} ${fault.at}`, fault);
  }

  /** What strikes there, if anything does. */
  take<K extends Fault["on"]>(on: K, at: number): Extract<Fault, { on: K }> | undefined {
    const fault = this.#at.get(`${on} ${at}`);
    if (fault !== undefined) this.struck++;
    return fault as Extract<Fault, { on: K }> | undefined;
  }
}
