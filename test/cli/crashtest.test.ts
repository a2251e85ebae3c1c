/** `holdfast crashtest` in a project of an author's. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project, taskFile } from "./project.ts";

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    "tasks/good.ts": taskFile(
      "good",
      "await sleep(1);\n    await wait.for({ days: 3 });\n    return payload;",
    ),
    "tasks/bad.ts": taskFile(
      "bad",
      `const { lives = 0 } = globalThis as { lives?: number };\n    (globalThis as any).lives = lives + 1;\n    await sleep(1);\n    return payload ?? lives % 2;`,
    ),
  });
});
afterAll(() => project.end());

test("a task that survives every crash has no findings", async () => {
  const { code, output } = await project.run(
    "crashtest",
    "tasks/good.ts",
    "--payload",
    `{"file":"x"}`,
    "--seeds",
    "2",
  );
  expect(output).toMatch(/^good: \d+ runs, no findings$/m);
  expect(code).toBe(0);
});

test("a task that ends otherwise after a crash is told, as JSON too", async () => {
  const { code, output } = await project.run("crashtest", "tasks/bad.ts", "--task", "bad", "--json");
  expect(code).toBe(1);
  const { tasks } = JSON.parse(output);
  expect(tasks[0]).toMatchObject({ task: "bad", findings: [{ kind: "unsteady" }] });
});

test("wrong use is told: a file that is not there, a task that is not in it, seeds that are no number", async () => {
  for (const args of [
    ["tasks/none.ts"],
    ["tasks/good.ts", "--task", "bad"],
    ["tasks/good.ts", "--seeds", "some"],
  ])
    expect(await project.run("crashtest", ...args)).toMatchObject({ code: 2 });
});
