/**
 * P3, P4, P5 and P7: random schedules on virtual time, and every doorbell lost.
 */
import { type Played, play } from "./simulator/play.ts";
import { type Common, type Schedule, scheduleOf } from "./simulator/schedule.ts";
import { shrink } from "./simulator/shrink.ts";
import type { Outcome, Suite } from "./suite.ts";

function outcomeOf(played: Played): Outcome {
  const {
    violations: found,
    runs,
    events,
    checks,
    calls,
    struck,
    deaths,
    effects,
    repeated,
    latestMs,
  } = played;
  return {
    found,
    counters: {
      runs,
      events,
      "looks at all heads": checks,
      "store calls": calls,
      "faults struck": struck,
      "processes killed": deaths,
      effects,
      "effects made again after an interruption": repeated,
      "most milliseconds past a wake time": latestMs,
    },
  };
}

const fails = async (schedule: Schedule): Promise<boolean> => (await play(schedule)).violations.length > 0;

function suiteOf(name: string, shows: string, count: number, common: Common): Suite {
  return {
    name,
    shows,
    ci: { from: 1, count },
    attempt: async (seed) => outcomeOf(await play(scheduleOf(seed, common))),
    async explain(seed) {
      const small = await shrink(scheduleOf(seed, common), fails);
      const { trace, violations } = await play(small);
      return [...trace, JSON.stringify(small), ...violations].join("\n");
    },
  };
}

/** P3, with P5 and P7 after every event; a part of it: schedules of one place, or with runs of one task. */
export const schedulesOf = (common: Common): Suite =>
  suiteOf(
    "P3",
    "Whatever rings, calls, processes and clocks do, every run ends with its result, and no recorded effect is made again.",
    10_000,
    common,
  );

export const schedules = schedulesOf({});

/** P4. */
export const lostRings = suiteOf(
  "P4",
  "With every doorbell lost, no run waits longer than 1 s (90 s in AWS) past its wake time.",
  600,
  { losesRings: true, isQuiet: true },
);
