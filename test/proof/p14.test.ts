/** P14: stores that answer alike. */
import { expect, test } from "vitest";
import { stores } from "./stores.ts";
import { inCi, told } from "./suite.ts";

test("SQLite answers more than 50,000 random operations as memory does", async () => {
  const made = await inCi(stores);
  console.log(told(stores, made));
  expect(made.failures).toEqual([]);
  expect(made.counters.operations).toBeGreaterThanOrEqual(50_000);
  for (const [name, count] of Object.entries(made.counters)) expect(count, name).toBeGreaterThan(50);
});
