/** Schedules that are made by calls: what they promise, and that thousands of them are started once each. */
import { beforeEach, describe, expect, test } from "vitest";
import { decode } from "../../engine/codec.ts";
import type { Run } from "../../engine/run.ts";
import type { KeeperDeps } from "../../functions/schedule-run.ts";
import { Keeper, minute, payloadOf } from "./keeper.ts";
import { get, refusal, type World, world } from "./world.ts";

const path = "/api/v1/schedules";
const wanted = {
  task: "digest",
  cron: "0 7 * * *",
  timezone: "America/New_York",
  externalId: "customer_42",
  deduplicationKey: "digest-42",
};

let k: Keeper;
let w: World;

beforeEach(() => {
  k = new Keeper();
  k.tasks = [{ id: "digest", schedule: {} }];
  w = world({
    ports: k.w.ports,
    schedules: k.schedules,
    code: { version: () => "7.feed", tasks: () => [...k.tasks, { id: "plain" }] },
  });
});

async function post(rest: string, body?: unknown, method = "POST"): Promise<Record<string, unknown>> {
  const answer = await w.send(method, `${path}${rest}`, body);
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

describe("a schedule that is made by a call", () => {
  test("starts a run at each of its times, and tells it whose it is", async () => {
    const made = await post("", wanted);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^sched_[a-z0-9]{24}$/),
      type: "IMPERATIVE",
      task: "digest",
      active: true,
      deduplicationKey: "digest-42",
      externalId: "customer_42",
      generator: { type: "CRON", expression: "0 7 * * *" },
      timezone: "America/New_York",
      nextRun: "2026-01-01T12:00:00.000Z",
    });
    await k.until("2026-01-02T13:00:00Z");
    const noon = (date: number) => new Date(Date.UTC(2026, 0, date, 12));
    expect((await k.runs()).map(payloadOf)).toEqual([
      {
        type: "IMPERATIVE",
        timestamp: noon(1),
        lastTimestamp: undefined,
        timezone: "America/New_York",
        scheduleId: made.id,
        externalId: "customer_42",
        upcoming: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(noon),
      },
      expect.objectContaining({ timestamp: noon(2), lastTimestamp: noon(1) }),
    ]);
  });

  test("is changed by a second call with its deduplicationKey, and that is one schedule", async () => {
    const { id } = await post("", wanted);
    const changed = await post("", { ...wanted, cron: "0 8 * * *", externalId: "customer_43" });
    expect(changed).toMatchObject({ id, externalId: "customer_43", nextRun: "2026-01-01T13:00:00.000Z" });
    expect(await get(w, path)).toMatchObject({ pagination: { count: 1 } });
    await k.until("2026-01-01T14:00:00Z");
    expect(await k.times()).toEqual(["2026-01-01T13:00:00.000Z"]);
  });

  test("is changed by nothing where a call is repeated: its revision stays", async () => {
    const { id } = await post("", wanted);
    const before = await k.schedules.read(String(id));
    await post("", wanted);
    expect(await k.schedules.read(String(id))).toEqual(before);
  });

  test("with another externalId only keeps its times, and the run that was made ahead", async () => {
    const { id } = await post("", { ...wanted, cron: "* * * * *" });
    await k.keep({ aheadMs: minute, lateMs: minute });
    await post(`/${id}`, { task: "digest", cron: "* * * * *", timezone: "America/New_York" }, "PUT");
    expect((await k.runs()).map(({ status }) => status)).toEqual(["DELAYED"]);
    expect(await get(w, `${path}/${id}`)).not.toHaveProperty("externalId");
  });

  test("starts nothing while it is inactive, takes back what was made ahead, and goes on with its times from then on", async () => {
    const { id } = await post("", { ...wanted, cron: "*/10 * * * *" });
    await k.keep({ aheadMs: 11 * minute });
    expect((await k.runs()).map(({ status }) => status)).toEqual(["DELAYED"]);
    expect(await post(`/${id}/deactivate`)).toMatchObject({ active: false });
    expect(await get(w, `${path}/${id}`)).not.toHaveProperty("nextRun");
    await k.until("2026-01-01T01:05:00Z");
    expect(await k.times()).toEqual([]);
    expect(await post(`/${id}/activate`)).toMatchObject({ nextRun: "2026-01-01T01:10:00.000Z" });
    await k.until("2026-01-01T01:15:00Z");
    expect(await k.times()).toEqual(["2026-01-01T01:10:00.000Z"]);
  });

  test("that is deleted is gone, also for a second call, and made again it has the same id and new runs", async () => {
    const { id } = await post("", { ...wanted, cron: "*/10 * * * *" });
    await k.keep({ aheadMs: 11 * minute });
    expect(await post(`/${id}`, undefined, "DELETE")).toEqual({ id });
    expect(await post(`/${id}`, undefined, "DELETE")).toEqual({ id });
    expect((await w.send("GET", `${path}/${id}`)).status).toBe(404);
    expect(await get(w, path)).toMatchObject({ data: [] });
    expect(await post("", { ...wanted, cron: "*/10 * * * *" })).toMatchObject({ id });
    await k.until("2026-01-01T00:15:00Z");
    expect(await k.times()).toEqual(["2026-01-01T00:10:00.000Z"]);
  });

  test("whose task is no scheduled task of the code any more starts nothing, which is written down, and goes on when it is back", async () => {
    const { id } = await post("", { ...wanted, cron: "0 * * * *" });
    const { tasks } = k;
    k.tasks = [];
    await k.until("2026-01-01T02:30:00Z");
    expect(await k.runs()).toEqual([]);
    expect(k.warned.map(({ schedule, missed }) => [schedule, missed])).toEqual([
      [id, 1],
      [id, 1],
    ]);
    k.tasks = tasks;
    await k.until("2026-01-01T03:30:00Z");
    expect(await k.times()).toEqual(["2026-01-01T03:00:00.000Z"]);
  });

  test("that is stopped while its run is being made ahead has no run", async () => {
    const { id } = await post("", { ...wanted, cron: "*/10 * * * *" });
    const put: KeeperDeps["schedules"]["put"] = async (schedule) => {
      await post(`/${id}/deactivate`);
      return k.schedules.put(schedule);
    };
    // The run is there by then: it is taken back by the call. Where the call has come before it, by the keeper.
    await k.keep({ aheadMs: 11 * minute, schedules: { ...k.schedules, put } });
    const create: typeof k.w.store.create = async (run) => {
      await post(`/${id}/deactivate`);
      return k.w.store.create(run);
    };
    await post(`/${id}/activate`);
    await k.keep({ aheadMs: 11 * minute, ports: { ...k.w.ports, store: { ...k.w.store, create } } });
    await k.w.clock.advance(15 * minute);
    expect((await k.runs()).map(({ status }: Run) => status)).toEqual(["CANCELED", "CANCELED"]);
  });
});

describe("calls that are refused", () => {
  const refused = async (answer: Promise<Response>) => {
    const { status, code, error } = await refusal(await answer);
    return `${status} ${code} ${error}`;
  };

  test("a pattern, zone or task that there is not, a task that is none of schedules.task, and a window", async () => {
    const at = (over: object) => refused(w.send("POST", path, { ...wanted, ...over }));
    expect(await at({ cron: "61 * * * *" })).toMatch(
      /^422 HF207 .*cron: "61 \* \* \* \*" is no cron pattern/,
    );
    expect(await at({ cron: "0 0 30 2 *" })).toMatch(/^422 HF207 .*never comes/);
    expect(await at({ cron: "* * * * * *" })).toMatch(/^422 HF207 .*five fields/);
    expect(await at({ timezone: "Mars/Olympus" })).toMatch(
      /^422 HF207 .*There is no time zone "Mars\/Olympus"/,
    );
    expect(await at({ timezone: "+02:00" })).toMatch(/^422 HF207 .*timezone/);
    expect(await at({ task: "nobody" })).toMatch(/^422 HF207 .*There is no task "nobody"/);
    expect(await at({ task: "plain" })).toMatch(/^422 HF207 .*schedules\.task\(\)/);
    expect(await at({ window: "30m" })).toMatch(/^422 HF207 .*window/);
    expect(await at({ deduplicationKey: "" })).toMatch(/^422 HF207 .*deduplicationKey/);
    expect((await w.app.request(path, { method: "POST" })).status).toBe(401);
    expect(await get(w, path)).toMatchObject({ data: [] });
  });

  test("one that there is not, and one that stands in the code", async () => {
    k.declared = { digest: { cron: "@daily", timezone: "UTC" } };
    k.tasks = [];
    await k.keep();
    k.tasks = [{ id: "digest", schedule: { cron: "@daily" } }];
    const [{ id } = { id: "" }] = await k.schedules.all();
    const { deduplicationKey: _, ...update } = wanted;
    for (const [method, rest, body] of [
      ["PUT", "", update],
      ["DELETE", "", undefined],
      ["POST", "/activate", undefined],
      ["POST", "/deactivate", undefined],
    ] as const) {
      expect(await refused(w.send(method, `${path}/${id}${rest}`, body))).toMatch(/^409 HF218 /);
      expect(await refused(w.send(method, `${path}/sched_none${rest}`, body))).toMatch(/^404 HF217 /);
    }
    expect(await refused(w.send("GET", `${path}/sched_none`))).toMatch(/^404 HF217 /);
  });
});

test("GET /api/v1/schedules gives pages, and /api/v1/timezones each zone that the server knows", async () => {
  for (let n = 0; n < 5; n += 1) await post("", { ...wanted, deduplicationKey: `key ${n}` });
  const first = (await get(w, `${path}?perPage=3`)) as { data: unknown[]; pagination: unknown };
  expect(first.data).toHaveLength(3);
  expect(first.pagination).toEqual({ currentPage: 1, totalPages: 2, count: 5 });
  expect(((await get(w, `${path}?perPage=3&page=2`)) as { data: unknown[] }).data).toHaveLength(2);
  const { timezones } = (await get(w, "/api/v1/timezones")) as { timezones: string[] };
  expect(timezones).toContain("UTC");
  expect(timezones.length).toBeGreaterThan(400);
  expect(await get(w, "/api/v1/timezones?excludeUtc=true")).toEqual({
    timezones: timezones.filter((zone) => zone !== "UTC"),
  });
});

test("each zone of the IANA list that Node knows can be scheduled in: nine o'clock there is nine o'clock", async () => {
  const { cronTimes, cronProblem } = await import("../../functions/cron.ts");
  const wrong: string[] = [];
  for (const zone of ["UTC", ...Intl.supportedValuesOf("timeZone")]) {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "short" });
    const times = cronTimes("0 9 1 * *", zone).upcoming(Date.UTC(2026, 0, 2), 12);
    const shown = new Set(times.map((time) => format.format(time)));
    if (times.length !== 12 || [...shown].join() !== "09:00" || cronProblem("0 9 1 * *", zone))
      wrong.push(zone);
  }
  expect(wrong).toEqual([]);
});

describe("10,000 schedules that are due in one minute", () => {
  async function make(count: number): Promise<void> {
    const due = Date.UTC(2026, 0, 1, 9);
    const one = { task: "digest", cron: "0 9 * * *", timezone: "UTC", due, revision: 1, form: 1 };
    for (let n = 0; n < count; n += 1)
      await k.schedules.put({ ...one, id: `sched_${n}`, made: { deduplicationKey: String(n) } });
  }
  const idsOf = async (): Promise<string[]> =>
    [...k.w.store.contents().runs.values()].map(
      ({ run: { payload } }) =>
        (decode("inline" in payload ? payload.inline : "") as { scheduleId: string }).scheduleId,
    );

  test("are started once each, with two writes each and no read of a run", async () => {
    const count = 10_000;
    await make(count);
    const calls: Record<string, number> = { create: 0, read: 0, put: 0 };
    const counted = <A extends readonly unknown[], R>(name: string, call: (...args: A) => R) => {
      return (...args: A): R => {
        calls[name] = (calls[name] ?? 0) + 1;
        return call(...args);
      };
    };
    const { create, read } = k.w.store;
    const store = { ...k.w.store, create: counted("create", create), read: counted("read", read) };
    const schedules = { ...k.schedules, put: counted("put", k.schedules.put) };
    await k.w.clock.advance(Date.UTC(2026, 0, 1, 8, 59) - k.w.clock.now());
    const aws = { aheadMs: minute + 5_000, lateMs: 3 * minute };
    expect(await k.keep({ ...aws, schedules, ports: { ...k.w.ports, store } })).toMatchObject({
      started: count,
    });
    expect(calls).toEqual({ create: count, read: 0, put: count });
    expect(new Set(await idsOf()).size).toBe(count);
    await k.w.clock.advance(minute);
    expect(await k.keep(aws)).toMatchObject({ started: 0, missed: 0 });
    expect(k.w.store.contents().runs.size).toBe(count);
  });

  test("more than one tick has time for go on in the next, and none is left out or started twice", async () => {
    const count = 2_000;
    await make(count);
    await k.w.clock.advance(Date.UTC(2026, 0, 1, 9) - k.w.clock.now());
    // 100 are begun at once: a tick of 7 s whose calls take 10 ms each has time for 7 such parts and one more.
    const store = {
      ...k.w.store,
      create: async (...args: Parameters<typeof k.w.store.create>) => {
        slow += 10;
        return k.w.store.create(...args);
      },
    };
    let slow = 0;
    const clock = { ...k.w.ports.clock, now: () => k.w.clock.now() + slow };
    const started: number[] = [];
    for (let tick = 0; tick < 10; tick += 1) {
      const deps = { lateMs: 3 * minute, aheadMs: 5_000, keepMs: 7_000 };
      started.push((await k.keep({ ...deps, ports: { ...k.w.ports, store, clock } })).started);
      if (started.reduce((a, b) => a + b) === count) break;
    }
    expect(started).toEqual([800, 800, 400]);
    expect(new Set(await idsOf()).size).toBe(count);
    expect(k.w.store.contents().runs.size).toBe(count);
  });
});
