/** The bench says when a figure has become worse, whatever the machine does meanwhile. */
import { expect, test } from "vitest";
import { baseline, ratioOf, worsened } from "../bench/baseline.ts";

test("a figure is set beside a fixed job of the same run: a machine that is half as fast changes no ratio", () => {
  const [once, slower] = [1, 2].map((factor) => [
    ratioOf(8 * factor, "ms", 2 * factor),
    ratioOf(0.5 * factor, "s", 2 * factor),
    ratioOf(500 / factor, "runs/s", 2 * factor),
  ]);
  expect(once).toEqual([4, 250, 1]);
  expect(slower).toEqual(once);
});

test("one that is worse by half is named with both ratios; a better one, a little worse one and a new one are not", () => {
  const before = { slow: 4, better: 4, noisy: 4 };
  const told = worsened(before, { slow: 6, better: 1, noisy: 5.9, unknown: 100 });
  expect(told).toEqual(["WORSE: slow: 6.00 times the fixed job, 4.00 in the baseline (1.5 times as much)."]);
});

test("the baseline that is kept has a ratio for each figure of one machine", async () => {
  const ratios = Object.values(await baseline());
  expect(ratios.length).toBe(7);
  expect(ratios.every((ratio) => ratio > 0)).toBe(true);
});
