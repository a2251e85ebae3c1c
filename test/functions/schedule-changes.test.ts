/** Times that were missed, code that changes, and runs that are made ahead of their time. */
import { describe, expect, test } from "vitest";
import { catchUpMs } from "../../functions/schedule-run.ts";
import { keeperOf, minute } from "./keeper.ts";

describe("times that nobody was there for", () => {
  test("are left out but for the latest; how many is written down", async () => {
    const k = keeperOf("0 * * * *");
    await k.keep();
    await k.w.clock.advance(10.5 * 60 * minute);
    expect(await k.keep()).toMatchObject({ started: 1, missed: 9, next: Date.UTC(2026, 0, 1, 11) });
    expect(await k.times()).toEqual(["2026-01-01T10:00:00.000Z"]);
    expect(k.warned).toEqual([
      {
        task: "a",
        cron: "0 * * * *",
        timezone: "UTC",
        missed: 9,
        since: "2026-01-01T01:00:00.000Z",
        goesOnWith: "2026-01-01T10:00:00.000Z",
      },
    ]);
  });

  test("a single one is run, however late within 31 days, and nothing is said", async () => {
    const k = keeperOf("0 0 1 * *");
    await k.keep();
    await k.w.clock.advance(Date.UTC(2026, 1, 20) - k.w.clock.now());
    await k.keep();
    expect(await k.times()).toEqual(["2026-02-01T00:00:00.000Z"]);
    expect(k.warned).toEqual([]);
  });

  test("older than 31 days are not run at all, and that is written down", async () => {
    const k = keeperOf("0 0 1 2 *");
    await k.keep();
    await k.w.clock.advance(Date.UTC(2026, 1, 1) + catchUpMs + 1 - k.w.clock.now());
    expect(await k.keep()).toMatchObject({ started: 0, missed: 1, next: Date.UTC(2027, 1, 1) });
    expect(k.warned).toMatchObject([{ missed: 1, since: "2026-02-01T00:00:00.000Z" }]);
  });

  test("a run that was started before its keeper died is not counted as left out", async () => {
    const k = keeperOf("0 * * * *");
    await k.keep();
    await k.w.clock.advance(61 * minute);
    const put = async () => Promise.reject(new Error("killed"));
    await k.keep({ schedules: { ...k.schedules, put } });
    await k.w.clock.advance(3 * 60 * minute);
    expect(await k.keep()).toMatchObject({ missed: 2 });
    expect(await k.times()).toEqual(["2026-01-01T01:00:00.000Z", "2026-01-01T04:00:00.000Z"]);
  });

  test("a due time that the pattern does not name any more, as zones change their rules, is run all the same", async () => {
    const k = keeperOf("0 * * * *");
    await k.keep();
    const [kept] = await k.schedules.all();
    if (kept !== undefined) await k.schedules.put({ ...kept, due: Date.UTC(2026, 0, 1, 1, 30), revision: 2 });
    await k.until("2026-01-01T02:30:00Z");
    expect(await k.times()).toEqual(["2026-01-01T01:30:00.000Z", "2026-01-01T02:00:00.000Z"]);
  });

  test("for no longer than ticks may be late are all run", async () => {
    const k = keeperOf("* * * * *");
    await k.keep({ lateMs: 3 * minute });
    await k.w.clock.advance(10.5 * minute);
    expect(await k.keep({ lateMs: 3 * minute })).toMatchObject({ started: 3, missed: 7 });
    expect(await k.times()).toEqual(["08", "09", "10"].map((n) => `2026-01-01T00:${n}:00.000Z`));
  });
});

describe("when the code changes", () => {
  test("a schedule that is gone starts nothing more, and back again it counts from then on", async () => {
    const k = keeperOf("0 * * * *");
    await k.until("2026-01-01T01:30:00Z");
    const { declared } = k;
    k.declared = {};
    await k.until("2026-01-01T05:30:00Z");
    k.declared = declared;
    await k.until("2026-01-01T06:30:00Z");
    expect(await k.times()).toEqual(["2026-01-01T01:00:00.000Z", "2026-01-01T06:00:00.000Z"]);
    expect(k.warned).toEqual([]);
  });

  test("a schedule with another pattern or zone goes by that at once", async () => {
    const k = keeperOf("0 12 * * *");
    await k.until("2026-01-01T01:30:00Z");
    k.declared = { a: { cron: "0 12 * * *", timezone: "Asia/Kathmandu" } };
    await k.until("2026-01-01T07:00:00Z");
    k.declared = { a: { cron: "*/30 * * * *", timezone: "UTC" } };
    await k.until("2026-01-01T08:10:00Z");
    expect(await k.times()).toEqual(["06:15", "07:30", "08:00"].map((time) => `2026-01-01T${time}:00.000Z`));
  });

  test("times of the old form that nobody was there for are told and not run", async () => {
    const k = keeperOf("0 * * * *");
    await k.keep();
    await k.w.clock.advance(3.5 * 60 * minute);
    k.declared = { a: { cron: "30 * * * *", timezone: "UTC" } };
    await k.keep();
    expect(await k.times()).toEqual([]);
    expect(k.warned).toMatchObject([{ task: "a", cron: "0 * * * *", since: "2026-01-01T01:00:00.000Z" }]);
  });
});

describe("ahead of time", () => {
  const ahead = { aheadMs: 65_000, lateMs: 180_000 };

  test("a run is made with a delay until its time, and rung to the second", async () => {
    const k = keeperOf("* * * * *");
    await k.w.clock.advance(2_000);
    await k.keep(ahead);
    const [run, ...others] = await k.runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ status: "DELAYED", delayedUntil: Date.UTC(2026, 0, 1, 0, 1) });
    expect(k.w.bell.take()).toEqual([{ runId: run?.id, inMs: 58_000 }]);
  });

  test("a run whose schedule goes before its time is taken back", async () => {
    const k = keeperOf("* * * * *");
    await k.w.clock.advance(2_000);
    await k.keep(ahead);
    k.declared = {};
    await k.keep(ahead);
    expect((await k.runs()).map(({ status }) => status)).toEqual(["CANCELED"]);
  });

  test("a time that the new form has too gets a run of its own in place of the one taken back", async () => {
    const k = keeperOf("* * * * *");
    await k.w.clock.advance(2_000);
    await k.keep(ahead);
    k.declared = { a: { cron: "*/1 * * * *", timezone: "UTC" } };
    await k.keep(ahead);
    expect((await k.runs()).map(({ status }) => status).sort()).toEqual(["CANCELED", "DELAYED"]);
    expect(await k.times()).toEqual(["2026-01-01T00:01:00.000Z"]);
  });

  /** Writes of schedules, of which the nth gets lost with its writer. */
  const dyingAt = (k: ReturnType<typeof keeperOf>, nth: number) => {
    let puts = 0;
    const put: typeof k.schedules.put = async (schedule) => {
      if (++puts === nth) throw new Error("killed");
      return k.schedules.put(schedule);
    };
    return { ...ahead, schedules: { ...k.schedules, put } };
  };

  test("a run whose keeper died before its schedule moved on is taken back, too", async () => {
    const k = keeperOf("* * * * *");
    await k.w.clock.advance(2_000);
    await k.keep(dyingAt(k, 2));
    k.declared = { a: { cron: "*/1 * * * *", timezone: "UTC" } };
    await k.keep(ahead);
    expect((await k.runs()).map(({ status }) => status).sort()).toEqual(["CANCELED", "DELAYED"]);
  });

  test("the time of a run that was taken back by a keeper that died then is the new form's", async () => {
    const k = keeperOf("* * * * *");
    await k.w.clock.advance(2_000);
    await k.keep(ahead);
    k.declared = { a: { cron: "*/1 * * * *", timezone: "UTC" } };
    await k.keep(dyingAt(k, 1));
    expect((await k.runs()).map(({ status }) => status)).toEqual(["CANCELED"]);
    await k.w.clock.advance(60_000);
    await k.keep(ahead);
    expect(await k.times()).toEqual(["01", "02"].map((n) => `2026-01-01T00:${n}:00.000Z`));
    expect(k.warned).toEqual([]);
  });

  test("minutes that are kept late and at odd times leave no time out and double none", async () => {
    const k = keeperOf("*/2 * * * *");
    for (const ms of [2_000, 61_000, 58_000, 125_000, 60_000, 3_000, 57_000, 60_000]) {
      await k.w.clock.advance(ms);
      await k.keep(ahead);
    }
    expect(await k.times()).toEqual(["02", "04", "06", "08"].map((n) => `2026-01-01T00:${n}:00.000Z`));
    expect(k.warned).toEqual([]);
  });
});
