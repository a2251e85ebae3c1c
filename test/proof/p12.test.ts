/** P12: the suites can fail. Each guard is taken out in a process of its own, and a suite must notice. */
import { expect, test } from "vitest";
import { bugs } from "./planted/bugs.ts";
import { planted } from "./planted.ts";

test("each of at least 25 guards is missed by the suites when it is taken out", async () => {
  expect(new Set(bugs.map(({ guard }) => guard)).size).toBe(bugs.length);
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  const found: string[] = [];
  let next = 1;
  let cases = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number <= bugs.length; number = next++) {
      const outcome = await planted.attempt(number);
      found.push(...outcome.found);
      cases += outcome.counters["cases until they were caught"] ?? 0;
    }
  };
  await Promise.all([worker(), worker()]);
  console.log(
    `P12: ${bugs.length} planted bugs, ${bugs.length - found.length} caught after ${cases} cases in all`,
  );
  expect(found).toEqual([]);
});
