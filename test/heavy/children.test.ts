/** A parent of 1,000 children, in real processes one of which is killed on the way. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project } from "../cli/project.ts";
import { until } from "../local/fake/holdfast.ts";
import type { Holdfast } from "../world/holdfast.ts";
import { killOneRunner } from "./kill-runner.ts";
import { chosenSeed, randomFrom } from "./random.ts";

const count = 1_000;
/** So many runs one runner has at once. */
const placesOfRunner = 128;
const random = randomFrom(chosenSeed());
const numbers = Array.from({ length: count }, (_, n) => n);

const tasks = `
import { appendFile } from "node:fs/promises";
import { task } from "holdfast";

export const child = task({ id: "child", run: async ({ file, n }) => {
  await appendFile(file, n + "\\n");
  return n * 2;
} });
export const batch = task({ id: "batch", run: async ({ file, numbers }) => {
  const { runs } = await child.batchTriggerAndWait(numbers.map((n) => ({ payload: { file, n } })));
  return runs.map((run) => run.output);
} });
export const each = task({ id: "each", run: async ({ file, numbers }) =>
  Promise.all(numbers.map(async (n) => await child.triggerAndWait({ file, n }).unwrap())) });
`;

describe("a parent of 1,000 children", () => {
  let project: Project;
  let holdfast: Holdfast;
  beforeAll(async () => {
    project = await makeProject({ "tasks/children.js": tasks });
    holdfast = await project.start();
  });
  afterAll(() => project?.end());

  test.each([
    ["batch", "in one batch"],
    ["each", "one by one in Promise.all"],
  ])(
    "%s: %s gets all their outputs in order, each child runs once, also where a runner is killed",
    async (task) => {
      const file = `${project.path}/${task}`;
      const lines = async (): Promise<string[]> =>
        (await project.read(task).catch(() => "")).split("\n").slice(0, -1);
      const id = await holdfast.trigger(task, { file, numbers });
      const struckAt = Math.floor(count * (0.2 + random() * 0.6));
      await until("enough children have run", async () => (await lines()).length >= struckAt);
      await killOneRunner(holdfast, random);
      const { status, output } = await holdfast.finished(id, 300_000);
      expect([status, output]).toEqual(["COMPLETED", numbers.map((n) => n * 2)]);
      const ran = await lines();
      expect(new Set(ran).size).toBe(count);
      // Only a child that was under way in the killed runner may have written a second time.
      expect(ran.length - count).toBeLessThanOrEqual(placesOfRunner);
      expect((await holdfast.checkpoints(id)).filter(({ status }) => status === "FAILED")).toEqual([]);
    },
  );
});
