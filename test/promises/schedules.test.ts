/** Scheduled tasks on one machine, with real processes. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Schedule } from "../../engine/schedules.ts";
import { openSqliteSchedules } from "../../local/sqlite-schedules.ts";
import { type Holdfast, startHoldfast } from "../world/holdfast.ts";
import { type Folder, linkHoldfast, makeFolder } from "../world/place.ts";

let folder: Folder;
let holdfast: Holdfast;

const hour = 3_600_000;
const source = (cron: string) => `import { schedules } from "holdfast";
export const hourly = schedules.task({
  id: "hourly",
  cron: ${cron},
  run: async ({ timestamp, lastTimestamp, upcoming, timezone }) => {
    return [timestamp, ...(lastTimestamp === undefined ? [] : [lastTimestamp]), ...upcoming].map((each) => each.toISOString()).concat(timezone);
  },
});
`;
const file = () => join(folder.path, "tasks", "hourly.ts");

beforeAll(async () => {
  folder = await makeFolder("schedules");
  await mkdir(join(folder.path, "tasks"));
  await writeFile(file(), source('"0 * * * *"'));
  await linkHoldfast(folder.path);
  await start();
});
afterAll(async () => {
  await holdfast?.stop();
  await folder?.remove();
});

async function start(): Promise<void> {
  holdfast = await startHoldfast({ project: folder.path, tasks: "tasks", data: join(folder.path, "data") });
}

interface Listed {
  readonly nextRun: string;
  readonly timezone: string;
  readonly generator: { readonly expression: string };
}
async function listed(): Promise<readonly Listed[]> {
  const { body } = await holdfast.request("GET", "/api/v1/schedules");
  return (body as { data: Listed[] }).data;
}

/** Kills everything, and turns the schedule's next time back or forward before it is started again. */
async function restartWith(change: (schedule: Schedule) => Partial<Schedule>): Promise<void> {
  await holdfast.killTree();
  const kept = openSqliteSchedules(join(folder.path, "data", "holdfast.db"));
  const [schedule] = await kept.all();
  if (schedule === undefined) throw new Error("There is no schedule.");
  await kept.put({ ...schedule, ...change(schedule), revision: schedule.revision + 1 });
  kept.close();
  await start();
}

const runs = async () => {
  const { body } = await holdfast.request("GET", "/api/v1/runs?task=hourly");
  return (body as { data: { id: string }[] }).data;
};

test("a schedule of the code is listed with its next time", async () => {
  const [only] = await listed();
  const next = new Date((Math.floor(Date.now() / hour) + 1) * hour).toISOString();
  expect(only).toMatchObject({ task: "hourly", timezone: "UTC", generator: { expression: "0 * * * *" } });
  expect([next, new Date(Date.parse(next) - hour).toISOString()]).toContain(only?.nextRun);
});

test("of the times that passed while nothing ran the latest is run, once, and the others are told", async () => {
  let latest = 0;
  await restartWith(({ due = 0 }) => {
    latest = due - hour;
    return { due: due - 10 * hour };
  });
  const [run, ...others] = await runs();
  expect(others).toEqual([]);
  const { status, output } = await holdfast.finished(run?.id ?? "");
  const iso = (hours: number) => new Date(latest + hours * hour).toISOString();
  const upcoming = Array.from({ length: 10 }, (_, index) => iso(index + 1));
  expect([status, output]).toEqual(["COMPLETED", [iso(0), ...upcoming, "UTC"]]);
  expect(holdfast.output()).toContain('"missed":9');
});

test("a time whose run was started by a process that died before it could say so is not run again", async () => {
  await restartWith(({ last }) => (last === undefined ? {} : { due: last }));
  expect(await runs()).toHaveLength(1);
});

test("a run starts when its time comes", async () => {
  let due = 0;
  await restartWith(() => {
    due = Date.now() + 4_000;
    return { due };
  });
  await expect.poll(async () => (await runs()).length).toBe(2);
  const [run] = await runs();
  const { output, createdAt } = await holdfast.finished(run?.id ?? "");
  expect((output as string[])[0]).toBe(new Date(due).toISOString());
  expect(Date.parse(String(createdAt))).toBeGreaterThanOrEqual(due);
});

test("a schedule that is changed in the code changes, and one that is taken out of it is gone", async () => {
  await writeFile(file(), source('{ pattern: "30 9 * * MON", timezone: "Europe/Berlin" }'));
  await expect
    .poll(listed)
    .toMatchObject([{ generator: { expression: "30 9 * * MON" }, timezone: "Europe/Berlin" }]);
  await writeFile(
    file(),
    source('"0 * * * *"')
      .replace("schedules.task", "task")
      .replace("{ schedules }", "{ task }")
      .replace(/ {2}cron.*\n/, ""),
  );
  await expect.poll(listed).toEqual([]);
});

test("times that are not valid do not replace those that are", async () => {
  await writeFile(file(), source('"0 9 * * MON"'));
  await expect.poll(listed).toHaveLength(1);
  await writeFile(file(), source('"0 25 * * MON"'));
  await expect.poll(() => holdfast.output()).toContain("HF119");
  expect(await listed()).toMatchObject([{ generator: { expression: "0 9 * * MON" } }]);
});
