/**
 * When a cron pattern's times are, in a time zone.
 *
 * By `croner`, five fields (or `@daily` and its like). What it does when clocks are put forward or back is held by
 * `test/functions/cron.test.ts`: a time of day that is skipped comes at the moment the clocks are put forward, one that
 * comes twice is taken the first time; a pattern with a wildcard or step for minutes or hours goes by real time.
 *
 * Owns:      how croner is asked. `transform/cron.ts` asks it alike when code is built.
 * Never:     reads a clock. All times are Unix milliseconds.
 */
import { Cron } from "croner";
import { HoldfastError } from "../engine/errors.ts";

/** Times that were passed over are counted up to here. */
const countMost = 1_000;

/** The times of a pattern. */
export interface CronTimes {
  /** The first time after this moment; undefined where there is none any more. */
  next(after: number): number | undefined;
  /** The last time that is not later than this moment. */
  latest(until: number): number | undefined;
  /** The next `count` times after this moment. */
  upcoming(after: number, count: number): readonly number[];
  /** How many times there are from `from` on and before `to`: 1,000 at most are counted. */
  count(from: number, to: number): number;
}

const ms = (date: Date | null | undefined): number | undefined => date?.getTime();

/**
 * The times of a pattern in a zone.
 * @throws HoldfastError HF530 for a pattern or a zone that this Node does not know
 */
export function cronTimes(pattern: string, timezone: string): CronTimes {
  let cron: Cron;
  try {
    // A zone is looked at with the first time only.
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    cron = new Cron(pattern, { mode: "5-part", fixedTimeRule: "no-wildcard", timezone });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError(
      "HF530",
      `The schedule "${pattern}" in ${timezone} cannot be worked out here: ${why}`,
      "Build the tasks with the Node.js version that they run on, and use a time zone that it knows.",
      { cause },
    );
  }
  const next = (after: number): number | undefined => ms(cron.nextRun(new Date(after)));
  return {
    next,
    latest: (until) => ms(cron.previousRuns(1, new Date(until + 1))[0]),
    upcoming: (after, count) => cron.nextRuns(count, new Date(after)).map((date) => date.getTime()),
    count(from, to) {
      let found = 0;
      for (let at = next(from - 1); at !== undefined && at < to && found < countMost; at = next(at))
        found += 1;
      return found;
    },
  };
}
