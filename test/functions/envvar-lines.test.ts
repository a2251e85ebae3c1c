/** What the server's log says of changes of secrets by the API. */
import { expect, test } from "vitest";
import { world } from "./world.ts";

test("a change of secrets by the API has a line: names, version, whose key, and no value; one that changes nothing has none", async () => {
  let version = 1;
  let set: Readonly<Record<string, string | null>> = {};
  const w = world({
    envvars: {
      stage: "prod",
      listed: async () => ({ secrets: [], versions: [], isComplete: true }),
      current: async () => String(version),
      change: async (decide) => {
        const decided = decide({ fromFile: new Set(), set: new Set() });
        if (JSON.stringify(decided) !== JSON.stringify(set)) version += 1;
        set = decided;
      },
    },
  });
  const put = () =>
    w.send("POST", "/api/v1/projects/any/envvars/prod", { name: "PAY_KEY", value: "what nobody may read" });
  expect((await put()).status).toBe(200);
  expect((await put()).status).toBe(200);
  expect(w.logged.map(({ message, fields }) => [message, fields])).toEqual([
    [
      "The secrets were changed",
      { names: ["PAY_KEY"], version: "2", by: expect.stringMatching(/^key [0-9a-f]{12}$/) },
    ],
  ]);
});
