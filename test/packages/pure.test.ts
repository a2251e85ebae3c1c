/** Packages that need no server of their own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { build } from "./crashing.ts";
import { crashedEverywhere } from "./everywhere.ts";
import { Shop } from "./shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.close());

test.each([
  ["p-limit", { together: 2 }],
  ["p-map", { together: 2 }],
  ["p-retry", {}],
  ["dataloader", {}],
  ["zod", {}],
  ["date-fns", {}],
  ["csv-parse", {}],
] as const)("%s: a task that uses it, killed everywhere", async (name, options) => {
  const file = await build(`pure/${name}`);
  const { plain, runs, findings } = await crashedEverywhere(file, shop, name, undefined, options);
  expect(findings).toEqual([]);
  expect(runs).toBe(1 + 2 * plain.boundaries);
});
