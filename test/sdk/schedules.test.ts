/** What `schedules` of the SDK refuses. */
import { expect, test } from "vitest";
import { schedules } from "../../sdk/schedules.ts";

const run = async () => {};

test("a scheduled task whose cron is no pattern, or with an option that is not known, is refused by name", () => {
  const define = schedules.task as (options: object) => unknown;
  expect(() => define({ id: "none", cron: 5, run })).toThrow(/HF503 Task "none": cron must be a pattern/);
  expect(() => define({ id: "zone", cron: { timezone: "UTC" }, run })).toThrow(/HF503/);
  expect(() => define({ id: "strange", cron: "@daily", window: "1h", run })).toThrow(/HF503 .*"window"/);
});

test("a scheduled task is a task", () => {
  const task = schedules.task({
    id: "sdk-scheduled",
    cron: { pattern: "0 9 * * *", timezone: "Europe/Berlin" },
    run,
  });
  expect([task.id, typeof task.trigger]).toEqual(["sdk-scheduled", "function"]);
});

test("a scheduled task may have no times of its own", () => {
  expect(schedules.task({ id: "sdk-by-calls", run }).id).toBe("sdk-by-calls");
});
