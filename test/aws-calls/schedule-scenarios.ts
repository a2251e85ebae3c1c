/**
 * Scenarios of tasks that start by themselves: each time of theirs has one run, whatever happens to the timer.
 */
import type { Scenario } from "./scenario.ts";

const run = `return of(await lib.effect("minute" + payload.timestamp.getUTCMinutes() % 2));`;
const ends = ['main at minute 0 COMPLETED "minute0"', 'main at minute 1 COMPLETED "minute1"'];

/** Scenarios of schedules. */
export const scheduleScenarios: readonly Scenario[] = [
  { title: "a task that starts by itself, twice", ticksAt: 20, run, ends },
  {
    title: "a task that starts by itself, by a timer that comes twice or not at all",
    ticksAt: 20,
    world: { unsteadyTicks: true },
    run,
    ends,
    lateMs: 151_000,
  },
  {
    title: "a schedule that is changed, to a time for which the old one has made its run",
    // Three seconds before each minute: what was made ahead is met by one more tick before its time.
    ticksAt: 57,
    run,
    script: async (world, { times, version }) => {
      const [first = 0, second = 0] = times;
      await world.sleep(first + 10_000 - world.clock.now());
      world.deploy(version("2", [second]));
      await world.sleep(second + 130_000 - world.clock.now());
    },
    ends,
    mayEnd: "main at minute 1 CANCELED",
  },
];
