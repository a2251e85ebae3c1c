/**
 * When the times of a pattern are, above all where clocks are put forward or back: compared with an oracle that looks at
 * every minute of real time, and with a second cron library.
 */
import { CronExpressionParser } from "cron-parser";
import { describe, expect, test } from "vitest";
import { cronTimes } from "../../functions/cron.ts";

const zones = [
  "Europe/Berlin",
  "Europe/London",
  "Europe/Dublin",
  "Europe/Lisbon",
  "Europe/Athens",
  "Europe/Chisinau",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Asia/Beirut",
  "Asia/Jerusalem",
  "America/New_York",
  "America/Los_Angeles",
  "America/St_Johns",
  "America/Havana",
  "America/Santiago",
  "America/Asuncion",
  "Atlantic/Azores",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
  "Pacific/Chatham",
  "Asia/Kathmandu",
];

const minute = 60_000;
const day = 86_400_000;
const year = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) };

/** How far a zone's clocks are ahead of UTC, by what Intl shows of them. */
function offsets(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  } as const);
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year: y = 0, month = 0, day: d = 0, hour = 0, minute: m = 0 } = part;
    return Date.UTC(y, month - 1, d, hour, m) - at;
  };
}

/** The moments of the year at which a zone's clocks are put forward or back. */
function changes(zone: string): { at: number; before: number; after: number }[] {
  const found = known.get(zone) ?? changesOf(zone);
  known.set(zone, found);
  return found;
}

const known = new Map<string, ReturnType<typeof changesOf>>();

function changesOf(zone: string): { at: number; before: number; after: number }[] {
  const offset = offsets(zone);
  const found = [];
  for (let from = year.from; from < year.to; from += day) {
    if (offset(from) === offset(from + day)) continue;
    let [low, high] = [from, from + day];
    while (high - low > minute) {
      const middle = Math.floor((low + high) / 2 / minute) * minute;
      if (offset(middle) === offset(from)) low = middle;
      else high = middle;
    }
    found.push({ at: high, before: offset(low), after: offset(high) });
  }
  return found;
}

/** The days around each change, as spans of time. */
const around = (zone: string) =>
  changes(zone).map(({ at }) => ({ from: at - 1.5 * day, to: at + 1.5 * day, at }));

function timesOf(pattern: string, zone: string, from: number, to: number): number[] {
  const times = cronTimes(pattern, zone);
  const found = [];
  for (let at = times.next(from - 1); at !== undefined && at < to; at = times.next(at)) found.push(at);
  return found;
}

interface Shown {
  readonly at: number;
  readonly wall: Date;
}

/** What the clock shows in each minute; two tests look at the same days. */
function everyMinute(zone: string, from: number, to: number): readonly Shown[] {
  const name = `${zone} ${from} ${to}`;
  const found = shownIn.get(name) ?? minutesOf(zone, from, to);
  shownIn.set(name, found);
  return found;
}

const shownIn = new Map<string, readonly Shown[]>();

function minutesOf(zone: string, from: number, to: number): Shown[] {
  const offset = offsets(zone);
  const found = [];
  for (let at = from; at < to; at += minute) found.push({ at, wall: new Date(at + offset(at)) });
  return found;
}

/** The minutes whose clock a pattern names. */
const matching = (shown: readonly Shown[], matches: (wall: Date) => boolean): number[] =>
  shown.filter(({ wall }) => matches(wall)).map(({ at }) => at);

/** A time of day on each day: the first moment that shows it, or the moment at which the clocks are put over it. */
function onceADay(zone: string, shown: readonly Shown[], hour: number, minutes: number): number[] {
  const shows = matching(shown, (wall) => wall.getUTCHours() === hour && wall.getUTCMinutes() === minutes);
  const firsts = shows.filter((at, i) => i === 0 || at - (shows[i - 1] ?? 0) > day / 2);
  const skipped = changes(zone).filter(({ at, before, after }) => {
    const wall = new Date(at + before);
    const named =
      Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), hour, minutes) - before;
    return (
      after > before && named >= at && named < at + after - before && shown.some((each) => each.at === at)
    );
  });
  return [...firsts, ...skipped.map(({ at }) => at)].sort((a, b) => a - b);
}

const iso = (times: readonly number[]): string[] => times.map((at) => new Date(at).toISOString());
const everyHalfHour = Array.from(
  { length: 48 },
  (_, n) => [Math.floor(n / 2), (n % 2) * 30 + (n % 3)] as const,
);

test("the zones of these tests change their clocks, all but one", () => {
  expect(zones.filter((zone) => changes(zone).length === 0)).toEqual(
    expect.arrayContaining(["Asia/Kathmandu"]),
  );
  expect(zones.filter((zone) => changes(zone).length >= 2).length).toBeGreaterThanOrEqual(18);
});

describe.each(zones)("in %s", (zone) => {
  test("a time of day comes once on each day: skipped, it comes as the clocks are put forward; doubled, the first time", () => {
    for (const { from, to } of around(zone)) {
      const shown = everyMinute(zone, from, to);
      for (const [hour, minutes] of everyHalfHour) {
        const pattern = `${minutes} ${hour} * * *`;
        expect([pattern, ...iso(timesOf(pattern, zone, from, to))]).toEqual([
          pattern,
          ...iso(onceADay(zone, shown, hour, minutes)),
        ]);
      }
    }
  });

  test("a pattern with a wildcard or step for the minute or hour goes by real time", () => {
    const patterns: [string, (wall: Date) => boolean][] = [
      ["*/15 * * * *", (wall) => wall.getUTCMinutes() % 15 === 0],
      ["7 * * * *", (wall) => wall.getUTCMinutes() === 7],
      ["0 */2 * * *", (wall) => wall.getUTCHours() % 2 === 0 && wall.getUTCMinutes() === 0],
      [
        "*/20 1-3 * * SUN",
        (wall) =>
          /^[1-3]$/.test(String(wall.getUTCHours())) &&
          wall.getUTCMinutes() % 20 === 0 &&
          wall.getUTCDay() === 0,
      ],
    ];
    for (const { from, to } of around(zone)) {
      const shown = everyMinute(zone, from, to);
      for (const [pattern, matches] of patterns) {
        expect([pattern, ...iso(timesOf(pattern, zone, from, to))]).toEqual([
          pattern,
          ...iso(matching(shown, matches)),
        ]);
      }
    }
  });

  // cron-parser gives up at a change of half an hour.
  test.skipIf(zone === "Australia/Lord_Howe")(
    "a second library says the same for a year, but for the days on which clocks change",
    () => {
      const changing = around(zone);
      const isNear = (at: number): boolean => changing.some((span) => Math.abs(at - span.at) < day);
      for (const pattern of [
        "30 2 * * *",
        "0 9 * * MON-FRI",
        "15 0 1,15 * *",
        "0 */6 * * *",
        "0 12 L * *",
        "59 23 31 12 *",
      ]) {
        const other = CronExpressionParser.parse(pattern, { tz: zone, currentDate: new Date(year.from - 1) });
        const theirs = [];
        for (let at = other.next().getTime(); at < year.to; at = other.next().getTime()) theirs.push(at);
        const ours = timesOf(pattern, zone, year.from, year.to);
        const rest = (times: readonly number[]) => iso(times.filter((at) => !isNear(at)));
        expect([pattern, ...rest(ours)]).toEqual([pattern, ...rest(theirs)]);
      }
    },
  );
});

describe("times", () => {
  const berlin = cronTimes("0 9 * * MON", "Europe/Berlin");
  const monday = Date.UTC(2026, 5, 1, 7);

  test("the latest is at or before a moment, the next behind it", () => {
    expect(
      iso([berlin.latest(monday) ?? 0, berlin.latest(monday - 1) ?? 0, berlin.latest(monday + 1) ?? 0]),
    ).toEqual(iso([monday, monday - 7 * day, monday]));
    expect(iso([berlin.next(monday) ?? 0, berlin.next(monday - 1) ?? 0])).toEqual(
      iso([monday + 7 * day, monday]),
    );
  });

  test("are counted from the first moment on, without the last, up to 1,000", () => {
    expect(berlin.count(monday, monday + 14 * day)).toBe(2);
    expect(berlin.count(monday, monday)).toBe(0);
    expect(cronTimes("* * * * *", "UTC").count(0, monday)).toBe(1_000);
  });

  test("to come are told in their order", () => {
    expect(iso(berlin.upcoming(monday, 5))).toEqual(iso([1, 2, 3, 4, 5].map((n) => monday + 7 * n * day)));
  });

  test("of a zone or pattern that this Node does not know cannot be worked out", () => {
    expect(() => cronTimes("0 9 * * *", "Mars/Olympus")).toThrow(/HF530 .*Mars\/Olympus/);
    expect(() => cronTimes("0 9 * * * *", "UTC")).toThrow(/HF530/);
  });
});
