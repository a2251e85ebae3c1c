/** Limits that a trigger names, on a server of one machine: by its API, by its clients, and by a run. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project } from "../cli/project.ts";
import type { Holdfast } from "../world/holdfast.ts";

let project: Project;
let holdfast: Holdfast;
beforeAll(async () => {
  project = await makeProject({
    "tasks/work.ts": `import { concurrencyLimit, queue, task } from "holdfast";
      const wide = concurrencyLimit({ name: "wide", total: 9 });
      concurrencyLimit({ name: "one", total: 1 });
      queue({ name: "rated", rateLimit: { limit: 100, period: "1h" } });
      export const work = task({ id: "work", concurrency: wide, run: async (ms: number) => {
        await new Promise((done) => setTimeout(done, ms));
        return ms;
      } });
      export const parent = task({ id: "parent", run: async () => {
        const items = [1, 2].map((payload) => ({ payload, options: { concurrency: ["one"] } }));
        const { runs } = await work.batchTriggerAndWait(items);
        return runs.map(({ id }) => id);
      } });`,
  });
  holdfast = await project.start();
});
afterAll(() => project.end());

const post = (options: object) =>
  holdfast.request("POST", "/api/v1/tasks/work/trigger", { payload: 200, options });

test("runs with a limit of one slot follow one another, a run's own batch among them", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => post({ concurrency: "one" })));
  const parent = await holdfast.trigger("parent", {});
  const children = ((await holdfast.finished(parent)) as { output: string[] }).output;
  const ids = [...answers.map(({ body }) => (body as { id: string }).id), ...children];
  const runs = await Promise.all(ids.map((id) => holdfast.finished(id)));
  expect(runs.map((run) => [run.status, run.queue])).toEqual(ids.map(() => ["COMPLETED", "one"]));
  const times = runs
    .map(({ startedAt, finishedAt }) => [String(startedAt), String(finishedAt)] as const)
    .sort();
  for (const [at, [start]] of times.entries()) expect(start >= (times[at - 1]?.[1] ?? "")).toBe(true);
});

test("a name is refused that the code does not declare as a limit of runs at once, with those that it does", async () => {
  for (const concurrency of ["won", ["one", "rated"], "work"]) {
    const { status, body } = await post({ concurrency });
    expect([status, body]).toMatchObject([
      422,
      { code: "HF510", fix: expect.stringContaining('"wide", "one"') },
    ]);
  }
});
