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

/** Offsets such as `+02:00` are no zones: nobody could say when their clocks are put forward. */
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with a pattern or its zone; undefined: it has times to come. As the build checks it. */
export function cronProblem(
  pattern: string,
  timezone: string,
): { readonly field: "cron" | "timezone"; readonly message: string } | undefined {
  if (!isZone(timezone)) {
    const message = `There is no time zone "${timezone}". Use a name of the IANA list, such as "Europe/Berlin".`;
    return { field: "timezone", message };
  }
  const refuse = (message: string) => ({ field: "cron", message }) as const;
  // croner would take a date for a pattern, too.
  if (!pattern.startsWith("@") && pattern.trim().split(/\s+/).length !== 5)
    return refuse(`"${pattern}" is no cron pattern of five fields.`);
  try {
    const cron = new Cron(pattern, { mode: "5-part", fixedTimeRule: "no-wildcard", timezone });
    return cron.nextRun() === null ? refuse(`"${pattern}" never comes.`) : undefined;
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^Cron\w+: /, "");
    return refuse(`"${pattern}" is no cron pattern: ${why.replace(/\.?$/, ".")}`);
  }
}

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

/** Thousands of schedules may have the same pattern and be due at once: the last ones asked for are kept. */
const recent = new Map<string, CronTimes>();
const recentMost = 1_000;

/**
 * The times of a pattern in a zone.
 * @throws HoldfastError HF530 for a pattern or a zone that this Node does not know
 */
export function cronTimes(pattern: string, timezone: string): CronTimes {
  const name = `${timezone} ${pattern}`;
  const times = recent.get(name) ?? made(pattern, timezone);
  recent.delete(name);
  recent.set(name, times);
  const [oldest = ""] = recent.keys();
  if (recent.size > recentMost) recent.delete(oldest);
  return times;
}

function made(pattern: string, timezone: string): CronTimes {
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
  let last: { readonly after: number; readonly times: readonly number[] } | undefined;
  const next = (after: number): number | undefined =>
    last?.after === after ? last.times[0] : ms(cron.nextRun(new Date(after)));
  return {
    next,
    latest: (until) => ms(cron.previousRuns(1, new Date(until + 1))[0]),
    upcoming(after, count) {
      if (last?.after !== after || last.times.length < count)
        last = { after, times: cron.nextRuns(count, new Date(after)).map((date) => date.getTime()) };
      return last.times.slice(0, count);
    },
    count(from, to) {
      let found = 0;
      for (let at = next(from - 1); at !== undefined && at < to && found < countMost; at = next(at))
        found += 1;
      return found;
    },
  };
}
