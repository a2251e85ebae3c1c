/** What the build tells of schedules: their times are in the manifest, as they stand in the source. */
import { expect, test } from "vitest";
import { transform } from "../../transform/transform.ts";

const found = (source: string) => {
  const { tasks, problems } = transform(`import { schedules } from "holdfast";\n${source}`, {
    file: "tasks/a.ts",
  });
  expect(problems).toEqual([]);
  return tasks.map(({ id, schedule }) => [id, schedule]);
};

test("a schedule is read as a text, a constant, or an object with a zone; without one it is UTC", () => {
  const run = "run: async () => {}";
  const source = `
    const nine = "0 9 * * *";
    const both = { pattern: nine, timezone: \`Asia/Kathmandu\` } as const;
    export const a = schedules.task({ id: "a", cron: "*/5 * * * *", ${run} });
    export const b = schedules.task({ id: "b", cron: nine, ${run} });
    export const c = schedules.task({ id: "c", cron: { pattern: "0 9 L * MON#1" }, ${run} });
    export const d = schedules.task({ id: "d", cron: both, ${run} });
    export const e = schedules.task({ id: "e", cron: { timezone: "Europe/Berlin", "pattern": "@daily" }, ${run} });`;
  expect(found(source)).toEqual([
    ["a", { cron: "*/5 * * * *", timezone: "UTC" }],
    ["b", { cron: "0 9 * * *", timezone: "UTC" }],
    ["c", { cron: "0 9 L * MON#1", timezone: "UTC" }],
    ["d", { cron: "0 9 * * *", timezone: "Asia/Kathmandu" }],
    ["e", { cron: "@daily", timezone: "Europe/Berlin" }],
  ]);
});

test("a schedule may name the environments that it is for, and the window that all have", () => {
  const source = `export const a = schedules.task({ id: "a", cron: { pattern: "@daily", window: "0m", environments: ["PRODUCTION", "STAGING"] }, run: async () => {} });`;
  expect(found(source)).toEqual([
    ["a", { cron: "@daily", timezone: "UTC", environments: ["PRODUCTION", "STAGING"] }],
  ]);
});

test.each([
  [`environments: ["PROD"]`, "no list of DEVELOPMENT"],
  ["environments: []", "no list of DEVELOPMENT"],
  ["environments: process.env.WHERE", "no list of DEVELOPMENT"],
  [`window: "30m"`, "Runs start at their time"],
])("HF118 for a schedule with %s", (option, what) => {
  const { problems } = transform(
    `import { schedules } from "holdfast";
     export const a = schedules.task({ id: "a", cron: { pattern: "@daily", ${option} }, run: async () => {} });`,
    { file: "tasks/a.ts" },
  );
  expect(problems).toMatchObject([{ code: "HF118", message: expect.stringContaining(what) }]);
});

test("a task without a schedule has none", () => {
  expect(
    found(`import { task } from "holdfast"; export const a = task({ id: "a", run: async () => {} });`),
  ).toEqual([["a", undefined]]);
});
