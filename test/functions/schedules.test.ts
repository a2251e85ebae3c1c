/** What a schedule promises: each of its times has one run, whoever dies, and what is not in the code starts nothing. */
import { describe, expect, test } from "vitest";
import { type KeeperDeps, scheduleIdOf } from "../../functions/schedule-run.ts";
import { type Keeper, keeperOf, minute, payloadOf } from "./keeper.ts";
import { get, world } from "./world.ts";

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
      {
        ...always,
        timestamp: eight(1),
        lastTimestamp: undefined,
        upcoming: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(eight),
      },
      {
        ...always,
        timestamp: eight(2),
        lastTimestamp: eight(1),
        upcoming: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(eight),
      },
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
    const { declared, put, read } = k.schedules;
    const schedules = {
      ...k.schedules,
      declared: guard(declared),
      read: guard(read),
      put: guard(put),
    };
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

test("the runs that a schedule has started are found by its id, in the long form and the short one", async () => {
  const k = keeperOf("0 9 * * *");
  k.declared = { ...k.declared, b: { cron: "30 9 * * *", timezone: "UTC" } };
  await k.until("2026-01-02T12:00:00Z");
  const w = world({ ports: k.w.ports, schedules: k.schedules });
  const found = async (query: string) =>
    ((await get(w, `/api/v1/runs?${query}`)) as { data: { taskIdentifier: string }[] }).data.map(
      ({ taskIdentifier }) => taskIdentifier,
    );
  const [a, b] = [scheduleIdOf("a"), scheduleIdOf("b")];
  expect((await found(`filter[schedule]=${a}`)).slice(0, 2)).toEqual(["a", "a"]);
  expect(new Set(await found(`schedule=${a}`))).toEqual(new Set(["a"]));
  expect(new Set(await found(`filter[schedule]=${a},${b}`))).toEqual(new Set(["a", "b"]));
  expect(await found("schedule=sched_none")).toEqual([]);
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
  expect((await w.send("GET", "/api/v1/schedules?page=0")).status).toBe(422);
  expect((await w.app.request("/api/v1/schedules")).status).toBe(401);
});
