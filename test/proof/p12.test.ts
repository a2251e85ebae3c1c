/** P12: the suites can fail. Each guard is taken out in a process of its own, and a suite must notice. */
import { expect, test } from "vitest";
import { bugs } from "./planted/bugs.ts";
import { planted } from "./planted.ts";

test("at least 25 guards have a planted bug", () => {
  expect(new Set(bugs.map(({ guard }) => guard)).size).toBe(bugs.length);
  expect(planted.size).toBeGreaterThanOrEqual(25);
});

test.concurrent.each(bugs.map((bug, at) => [bug.guard, at + 1] as const))("caught: %s", async (_, number) => {
  expect((await planted.attempt(number)).found).toEqual([]);
});
