/** Packages that only order what they are given: they are transformed like the author's own files (decision 0058). */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestkit } from "../../testing/index.ts";
import type { Testkit } from "../../testing/types.ts";

const open = "Execution prevented because the circuit breaker is open";

let kit: Testkit;
beforeAll(async () => {
  Object.assign(globalThis, { outside: { act: async (_name: string, value: number) => value } });
  kit = await createTestkit({ dir: fileURLToPath(new URL("tasks/in-memory", import.meta.url)) });
});
afterAll(async () => {
  Reflect.deleteProperty(globalThis, "outside");
  await kit.close();
});

test.each([
  ["async-sema", [1, 1, 2, 2, 3, 3]],
  ["await-lock", [1, 1, 2, 2, 3, 3]],
  ["@sapphire/async-queue", [1, 1, 2, 2, 3, 3]],
  ["es-toolkit", [1, 1, 2, 2, 3, 3]],
  ["async-lock", [[1, 1, 2, 2, 3, 3], false]],
  ["cockatiel", ["down 0", "down 1", open, open]],
  ["opossum", [0, "instead of 1", 2, "instead of 3"]],
  ["p-queue", [1, 2, 3]],
  ["koa-compose", ["out 11"]],
  [
    "dataloader",
    [
      [10, 20, 10],
      [20, 30],
      [[1, 2], [3]],
    ],
  ],
  ["@lifeomic/attempt", 3],
  ["p-cancelable", 4],
  ["purify-ts", 10],
  ["neverthrow", [4, "small", 8]],
  ["throat", [[1, 2, 3, 4], 2]],
  ["true-myth", [3, 4]],
  ["ts-results-es", 2],
  ["@swan-io/boxed", [[1, 3], 4]],
  ["tough-cookie", ["id=7; a=b", ["id=7", "a=b"]]],
] as const)("%s: a task that uses it does as plain JavaScript, cut off everywhere", async (id, output) => {
  expect(kit.problems).toEqual([]);
  const plain = await kit.run(id);
  expect([plain.output, plain.warnings]).toEqual([output, []]);
  const { runs, findings } = await kit.crashEverywhere(id);
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(8);
});
