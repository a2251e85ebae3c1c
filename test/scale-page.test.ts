/** docs/scale.md: its tables are those of bench/scale/cloud.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loads, play, tables } from "../bench/scale/cloud.ts";
import { root } from "./world/place.ts";

test("the page has the tables as they are computed", () => {
  const page = readFileSync(join(root, "docs", "scale.md"), "utf8");
  expect(tables().filter((table) => !page.includes(table))).toEqual([]);
});

test("a stack as it is deployed takes a million runs a day, and ten times as many in the worst hour", () => {
  const [day] = loads;
  expect(day?.places.filter(({ load, limit }) => load > limit)).toEqual([]);
});

test("a burst that fits makes nobody wait but for the pollers; one that does not is done when it is worked off", () => {
  const burst = { rate: 100, seconds: 600, maxConcurrency: 100, tableUnits: 4_000 };
  expect(play(burst).over).toBe(600);
  const twice = play({ ...burst, rate: 500 });
  // 4,000 units a second are 308 runs of 13: six tenths longer, and 9 s for what the first pollers could not take.
  expect([twice.over, twice.longestWait > 300]).toEqual([984, true]);
});
