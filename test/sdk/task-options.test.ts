/** Options of tasks that only tell something. */
import { expect, test } from "vitest";
import { describeTasks } from "../../sdk/host.ts";
import { task } from "../../sdk/task.ts";

test("jsonSchema is told with the task, checks nothing, and has to be an object", () => {
  const jsonSchema = { type: "object", required: ["id"] };
  const shown = task({ id: "sdk-json-schema", jsonSchema, run: async (payload: unknown) => payload });
  expect(describeTasks().find(({ id }) => id === shown.id)).toMatchObject({ jsonSchema });
  const define = task as (options: object) => unknown;
  expect(() => define({ id: "sdk-text-schema", jsonSchema: "object", run: async () => {} })).toThrow(
    /HF503 Task "sdk-text-schema": jsonSchema is no object/,
  );
});

test("a task with onFailure or onComplete says so, one with other hooks does not", () => {
  const run = async () => {};
  task({ id: "sdk-hook-fail", onFailure: run, run });
  task({ id: "sdk-hook-done", onComplete: run, run });
  task({ id: "sdk-hook-else", onSuccess: run, onCancel: run, run });
  const told = describeTasks().filter(({ id }) => id.startsWith("sdk-hook-"));
  expect(told.map(({ id, hasEndHooks }) => [id, hasEndHooks])).toEqual([
    ["sdk-hook-fail", true],
    ["sdk-hook-done", true],
    ["sdk-hook-else", undefined],
  ]);
});
