/** Durations and dates: what is understood, and what is refused. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { durationMs, instantMs } from "../../sdk/duration.ts";

test("a duration is the sum of its parts, as text or as an object", () => {
  const known: [Parameters<typeof durationMs>[0], number][] = [
    ["0s", 0],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["1hr30m", 5_400_000],
    ["2d", 172_800_000],
    ["1w1d1h1m1s", 694_861_000],
    ["1m1m", 120_000],
    [{ seconds: 1.5 }, 1_500],
    [{ minutes: 2, hours: 1 }, 3_720_000],
    [{ days: 1, weeks: 1 }, 691_200_000],
    [{ months: 1 }, 2_592_000_000],
    [{ years: 1 }, 31_536_000_000],
  ];
  for (const [value, ms] of known) expect([value, durationMs(value)]).toEqual([value, ms]);
});

test("what is no duration is refused with HF508, never taken for 0", () => {
  const wrong: unknown[] = [
    "",
    "5",
    "5 m",
    "1.5h",
    "-1h",
    "h",
    "1y",
    "1h ",
    "1H",
    `${"9".repeat(99)}d`,
    5,
    null,
    undefined,
    {},
    [],
    true,
  ];
  wrong.push(
    { seconds: -1 },
    { seconds: Number.NaN },
    { seconds: Number.POSITIVE_INFINITY },
    { seconds: "1" },
    { second: 1 },
    { constructor: 1 },
    new Date(),
  );
  for (const value of wrong) {
    expect(() => durationMs(value as string)).toThrowError(expect.objectContaining({ code: "HF508" }));
  }
});

test("any text is a duration of finite length or HF508", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,4}(w|d|hr|h|m|s)){1,5}$/)), (text) => {
      try {
        expect(Number.isFinite(durationMs(text))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: "HF508" });
      }
    }),
  );
});

test("an instant is a date, an ISO date, or a duration from now", () => {
  const now = Date.UTC(2026, 0, 1);
  expect(instantMs(new Date(7), now)).toBe(7);
  expect(instantMs("1h", now)).toBe(now + 3_600_000);
  expect(instantMs({ days: 1 }, now)).toBe(now + 86_400_000);
  expect(instantMs("2026-01-31", now)).toBe(Date.UTC(2026, 0, 31));
  expect(instantMs("2026-01-31T09:00:00.5+02:00", now)).toBe(Date.UTC(2026, 0, 31, 7, 0, 0, 500));
  expect(instantMs("2026-01-31T09:00Z", now)).toBe(Date.UTC(2026, 0, 31, 9));
});

test("a date without a time zone would mean another time on each machine, so it is refused", () => {
  for (const value of [
    "2026-01-31T09:00:00",
    "31 January 2026",
    "2026-13-01",
    "2026-1-1",
    "soon",
    "",
    new Date(Number.NaN),
  ]) {
    expect(() => instantMs(value, 0)).toThrowError(expect.objectContaining({ code: "HF508" }));
  }
});
