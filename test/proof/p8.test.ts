/** P8: random programs, as written against made durable. `npm run proof -- --suite P8 --seed N` tries one again. */
import { expect, test } from "vitest";
import { programs } from "./programs.ts";
import { inCi, told } from "./suite.ts";

test("2,000 random programs made durable give the same value as written, through crashes and slow writes, too", async () => {
  const made = await inCi(programs);
  console.log(told(programs, made));
  expect(made.failures).toEqual([]);
  expect(made.tried).toBeGreaterThanOrEqual(2_000);
  expect(made.counters.crashes).toBeGreaterThan(1_500);
});
