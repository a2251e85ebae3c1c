/**
 * P1 and P2: each scenario with a crash at every boundary, and with two crashes.
 *
 * A boundary is a call of the store, by whichever process: it dies before the call is applied, when it was applied and the
 * answer is on its way, or as soon as it has the answer. What is done outside lies between two of them.
 */
import type { CallFault, Fault, Place } from "./simulator/plan.ts";
import { type Played, play } from "./simulator/play.ts";
import { randomOf } from "./simulator/random.ts";
import { type Schedule, scheduleOf } from "./simulator/schedule.ts";
import { tasks } from "./simulator/shapes.ts";
import type { Outcome, Suite } from "./suite.ts";

const ways = ["dies before", "dies after", "dies later"] as const satisfies CallFault[];
const places = ["machine", "cloud"] as const satisfies Place[];

/** Each task on each place; in AWS also with every ring lost. */
const scenarios: readonly Schedule[] = tasks.flatMap((task, at) => [
  ...places.map((place) => scheduleOf(at + 1, { task, place, isQuiet: true })),
  scheduleOf(at + 1, { task, place: "cloud", isQuiet: true, losesRings: true }),
]);

const crash = (at: number, what: CallFault): Fault => ({ on: "call", at, what, ms: 0 });

const nameOf = ({ place, items, losesRings }: Schedule): string =>
  `${items[0]?.task} on ${place}${losesRings ? " without rings" : ""}`;

/** How a scenario goes with these faults. */
async function wrong(
  scenario: Schedule,
  faults: readonly Fault[],
): Promise<{ played: Played; found: string[] }> {
  const played = await play({ ...scenario, faults });
  const where = faults.map(({ at, what }) => `${what} call ${at}`).join(", ");
  return { played, found: played.violations.map((each) => `${nameOf(scenario)}, ${where}: ${each}`) };
}

async function everyCrash(scenario: Schedule): Promise<Outcome> {
  const clean = await wrong(scenario, []);
  const found = [...clean.found];
  let hit = 0;
  for (let at = 1; at <= clean.played.calls; at++) {
    for (const way of ways) {
      const crashed = await wrong(scenario, [crash(at, way)]);
      hit += crashed.played.struck;
      found.push(...crashed.found);
    }
  }
  const boundaries = clean.played.calls * ways.length;
  return { found, counters: { scenarios: 1, "boundaries seen": boundaries, "boundaries hit": hit } };
}

/** P1. */
export const crashes: Suite = {
  name: "P1",
  shows: "A crash at any boundary of any scenario costs no result, and repeats no recorded effect.",
  ci: { from: 1, count: scenarios.length },
  size: scenarios.length,
  async attempt(number) {
    const scenario = scenarios[number - 1];
    if (scenario === undefined) throw new Error(`There is no scenario ${number}.`);
    return everyCrash(scenario);
  },
};

/** So many pairs are drawn for each case. */
const pairsPerCase = 100;

/** The first two of each task: 20 and more scenarios. */
const core = scenarios.filter(({ losesRings }) => !losesRings);

/** P2. */
export const pairsOfCrashes: Suite = {
  name: "P2",
  shows: "Two crashes at any two boundaries of a scenario cost no result, and repeat no recorded effect.",
  ci: { from: 1, count: core.length },
  async attempt(number) {
    const scenario = core[(number - 1) % core.length] as Schedule;
    const random = randomOf(number);
    const { played: clean, found } = await wrong(scenario, []);
    let hit = 0;
    for (let pair = 0; pair < pairsPerCase; pair++) {
      const first = 1 + random.below(clean.calls);
      // The second may strike what only the first has made necessary.
      const second = first + 1 + random.below(clean.calls + 10);
      const two = [crash(first, random.pick(ways)), crash(second, random.pick(ways))];
      const crashed = await wrong(scenario, two);
      hit += crashed.played.struck > 1 ? 1 : 0;
      found.push(...crashed.found);
    }
    return { found, counters: { pairs: pairsPerCase, "pairs of which both have struck": hit } };
  },
};
