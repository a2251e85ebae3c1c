/** What a schedule promises: each of its times has one run, whoever dies, and what is not in the code starts nothing. */
import { describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import { memorySchedules } from "../../engine/memory-schedules.ts";
import type { Run } from "../../engine/run.ts";
import type { Schedules } from "../../engine/schedules.ts";
import {
  catchUpMs,
  type KeeperDeps,
  type Kept,
  keepSchedules,
  scheduleIdOf,
} from "../../functions/schedule-keeper.ts";
import { LambdaWorld } from "./lambda-world.ts";
import { get, world } from "./world.ts";

const minute = 60_000;

/** A keeper on the memory store and a clock that is moved by hand. It is midnight, on the 1st of January 2026. */
class Keeper {
  readonly w = new LambdaWorld();
  schedules: Schedules = memorySchedules();
  declared: Record<string, { cron: string; timezone: string }> = {};
  readonly warned: Record<string, unknown>[] = [];
  readonly errors: Record<string, unknown>[] = [];

  deps(set: Partial<KeeperDeps> = {}): KeeperDeps {
    return {
      ports: this.w.ports,
      schedules: this.schedules,
      code: {
        version: () => "7.feed",
        tasks: () => [
          { id: "unscheduled" },
          ...Object.entries(this.declared).map(([id, schedule]) => ({ id, schedule })),
        ],
      },
      lateMs: 0,
      aheadMs: 0,
      log: {
        warn: (_, fields) => void this.warned.push(fields),
        error: (_, fields) => void this.errors.push(fields),
      },
      ...set,
    };
  }
  keep(set: Partial<KeeperDeps> = {}): Promise<Kept> {
    return keepSchedules(this.deps(set));
  }
  /** Goes through time as the timer of one machine does. */
  async until(at: string): Promise<void> {
    const end = Date.parse(at);
    for (let next = (await this.keep()).next; next !== undefined && next <= end; ) {
      await this.w.clock.advance(Math.max(0, next - this.w.clock.now()));
      next = (await this.keep()).next;
    }
    await this.w.clock.advance(end - this.w.clock.now());
  }
  async runs(): Promise<readonly Run[]> {
    const { runs } = await this.w.store.list({ limit: 1_000 });
    return [...runs].reverse();
  }
  /** The nominal times of all runs that were not canceled. */
  async times(): Promise<string[]> {
    const open = (await this.runs()).filter(({ status }) => status !== "CANCELED");
    return open.map((run) => payloadOf(run).timestamp.toISOString()).sort();
  }
}

interface Payload {
  readonly timestamp: Date;
}
const payloadOf = ({ payload }: Run): Payload => decode("inline" in payload ? payload.inline : "") as Payload;

/** Keepers with a task "a" at these times. */
function keeperOf(cron: string, timezone = "UTC"): Keeper {
  const keeper = new Keeper();
  keeper.declared = { a: { cron, timezone } };
  return keeper;
}

describe("a schedule", () => {
  test("starts a run at each of its times, with the times as its payload", async () => {
    const k = keeperOf("0 9 * * *", "Europe/Berlin");
    await k.until("2026-01-02T12:00:00Z");
    const runs = await k.runs();
    expect(
      runs.map(({ task, status, source, codeVersion, createdAt }) => [
        task,
        status,
        source,
        codeVersion,
        createdAt,
      ]),
    ).toEqual([
      ["a", "QUEUED", "schedule", "7.feed", Date.UTC(2026, 0, 1, 8)],
      ["a", "QUEUED", "schedule", "7.feed", Date.UTC(2026, 0, 2, 8)],
    ]);
    const always = { type: "DECLARATIVE", timezone: "Europe/Berlin", scheduleId: scheduleIdOf("a") };
    const eight = (date: number) => new Date(Date.UTC(2026, 0, date, 8));
    expect(runs.map(payloadOf)).toEqual([
      { ...always, timestamp: eight(1), lastTimestamp: undefined, upcoming: [2, 3, 4, 5, 6].map(eight) },
      { ...always, timestamp: eight(2), lastTimestamp: eight(1), upcoming: [3, 4, 5, 6, 7].map(eight) },
    ]);
    expect(k.w.bell.take().map(({ runId }) => runId)).toEqual(runs.map(({ id }) => id));
  });

  test("has a time that clocks skip once, as they are put forward, and one that they show twice the first time", async () => {
    const k = keeperOf("30 2 * * *", "Europe/Berlin");
    await k.w.clock.advance(Date.UTC(2026, 2, 28, 12) - k.w.clock.now());
    await k.until("2026-03-30T12:00:00Z");
    expect(await k.times()).toEqual(["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]);
    const autumn = keeperOf("30 2 * * *", "Europe/Berlin");
    await autumn.w.clock.advance(Date.UTC(2026, 9, 24, 12) - autumn.w.clock.now());
    await autumn.until("2026-10-26T12:00:00Z");
    expect(await autumn.times()).toEqual(["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]);
  });

  test("that cannot be worked out is written down, and keeps no other from its times", async () => {
    const k = keeperOf("0 * * * *", "Mars/Olympus");
    k.declared = { ...k.declared, b: { cron: "0 * * * *", timezone: "UTC" } };
    await k.until("2026-01-01T01:30:00Z");
    expect((await k.runs()).map(({ task }) => task)).toEqual(["b"]);
    expect(k.errors[0]).toMatchObject({ task: "a", error: { code: "HF530" } });
  });
});

describe("each time has one run", () => {
  const times = Array.from({ length: 6 }, (_, n) =>
    new Date(Date.UTC(2026, 0, 1, 0, 10 * (n + 1))).toISOString(),
  );

  /** The ports, of which the call number `dies` fails: before it is applied, or after. */
  function dying(
    k: Keeper,
    dies: number,
    applied: boolean,
  ): { deps: Partial<KeeperDeps>; calls: () => number } {
    let calls = 0;
    const guard =
      <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        calls += 1;
        if (calls !== dies) return call(...args);
        if (applied) await call(...args);
        throw new Error("killed");
      };
    const store = { ...k.w.store, create: guard(k.w.store.create), read: guard(k.w.store.read) };
    const schedules = { all: guard(k.schedules.all), put: guard(k.schedules.put) };
    return { deps: { ports: { ...k.w.ports, store }, schedules }, calls: () => calls };
  }

  test("though whoever starts it dies at any call, before or after it was applied", async () => {
    for (const applied of [false, true]) {
      for (let dies = 1; ; dies += 1) {
        const k = keeperOf("*/10 * * * *");
        const { deps, calls } = dying(k, dies, applied);
        for (let n = 0; n < 14; n += 1) {
          await k.keep(deps).catch(() => undefined);
          await k.w.clock.advance(5 * minute);
        }
        expect([dies, applied, ...(await k.times())]).toEqual([dies, applied, ...times]);
        if (calls() < dies) break;
      }
    }
  });

  test("though several keep the schedules at once", async () => {
    const k = keeperOf("*/10 * * * *");
    for (let n = 0; n < 14; n += 1) {
      await Promise.all([k.keep(), k.keep(), k.keep()]);
      await k.w.clock.advance(5 * minute);
    }
    expect(await k.times()).toEqual(times);
  });

  test("a minute that is kept twice starts nothing twice", async () => {
    const k = keeperOf("*/10 * * * *");
    for (let n = 0; n < 14; n += 1) {
      await k.keep();
      await k.keep();
      await k.w.clock.advance(5 * minute);
    }
    expect(await k.times()).toEqual(times);
  });
});

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

test("GET /api/v1/schedules lists what starts by itself, with its next time", async () => {
  const k = keeperOf("0 9 * * *", "Europe/Berlin");
  k.declared = { ...k.declared, b: { cron: "@hourly", timezone: "UTC" } };
  await k.until("2026-01-01T12:00:00Z");
  const { a } = k.declared;
  k.declared = a === undefined ? {} : { a };
  await k.keep();
  const w = world({ schedules: k.schedules });
  expect(await get(w, "/api/v1/schedules")).toEqual({
    data: [
      {
        id: scheduleIdOf("a"),
        type: "DECLARATIVE",
        task: "a",
        active: true,
        generator: { type: "CRON", expression: "0 9 * * *", description: "" },
        timezone: "Europe/Berlin",
        nextRun: "2026-01-02T08:00:00.000Z",
        lastRun: "2026-01-01T08:00:00.000Z",
        environments: [],
      },
    ],
    pagination: { currentPage: 1, totalPages: 1, count: 1 },
  });
  expect((await w.send("GET", "/api/v1/schedules?page=2")).status).toBe(422);
  expect((await w.app.request("/api/v1/schedules")).status).toBe(401);
});
