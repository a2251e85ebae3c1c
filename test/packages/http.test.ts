/** Packages that speak HTTP. */
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
  ["axios", { together: 2 }],
  ["ky", {}],
  ["undici", {}],
] as const)("%s: a task that uses it, killed everywhere", async (name, options) => {
  const file = await build(`http/${name}`);
  const { plain, runs, findings } = await crashedEverywhere(file, shop, name, undefined, options);
  expect(findings).toEqual([]);
  expect(runs).toBe(1 + 2 * plain.boundaries);
});
