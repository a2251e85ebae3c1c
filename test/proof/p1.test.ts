/** P1 and P2: crashes at every boundary. P1's core at AWS calls is `test/aws-calls/`. */
import { expect, test } from "vitest";
import { crashes, pairsOfCrashes } from "./crashes.ts";
import { inCi, told } from "./suite.ts";

test("60 scenarios and more, crashed before, at and after every store call, all end as they do without a crash", async () => {
  const made = await inCi(crashes);
  console.log(told(crashes, made));
  expect(made.failures).toEqual([]);
  expect(made.counters.scenarios).toBeGreaterThanOrEqual(60);
  expect(made.counters["boundaries hit"]).toBe(made.counters["boundaries seen"]);
});

test("20 scenarios and more with two crashes end as they do without", async () => {
  const made = await inCi(pairsOfCrashes);
  console.log(told(pairsOfCrashes, made));
  expect(made.failures).toEqual([]);
  expect(made.tried).toBeGreaterThanOrEqual(20);
  expect(made.counters["pairs of which both have struck"]).toBeGreaterThan(2_000);
});
