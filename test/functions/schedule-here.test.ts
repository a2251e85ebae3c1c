/** Schedules of the code that name their environments. */
import { expect, test } from "vitest";
import { deployedCode } from "../../functions/deployed-code.ts";
import { keptElsewhere } from "../../functions/schedule-here.ts";
import { environmentType } from "../../sdk/environment.ts";

const times = { cron: "@daily", timezone: "UTC" };
const tasks = [
  { id: "everywhere", file: "a.ts", schedule: times },
  { id: "live", file: "a.ts", schedule: { ...times, environments: ["PRODUCTION", "STAGING"] } },
  { id: "plain", file: "a.ts" },
];

test("a schedule is kept in the environments that it names, and everywhere when it names none", () => {
  const kept = (stage: string) =>
    deployedCode({ tasks, sites: {} }, "1.abc", environmentType(stage))
      .tasks()
      .map(({ id, schedule }) => [id, schedule]);
  expect(kept("prod")).toEqual([
    ["everywhere", times],
    ["live", times],
    ["plain", undefined],
  ]);
  // It is a scheduled task still: schedules.create may give it times.
  expect(kept("dev")).toEqual([
    ["everywhere", times],
    ["live", {}],
    ["plain", undefined],
  ]);
});

test("what is kept elsewhere only is said, with its names", () => {
  expect(keptElsewhere(tasks, "PRODUCTION")).toEqual([]);
  expect(keptElsewhere(tasks, "DEVELOPMENT")).toEqual([
    'The schedule of "live" is for PRODUCTION, STAGING: here, in DEVELOPMENT, it starts nothing.',
  ]);
});
