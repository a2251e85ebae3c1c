import { expect, test } from "vitest";
import { preview } from "../../engine/preview.ts";

test("what is named like a secret is masked", () => {
  const shown = preview([
    "https://pay.example.com",
    { headers: { Authorization: "Bearer sk_live_1", "x-api-key": "k1" }, password: "p1" },
  ]);
  expect(shown).not.toMatch(/sk_live_1|k1|p1/);
  expect(shown).toContain("pay.example.com");
});

test("the query of a URL object is left out", () => {
  expect(preview([new URL("https://a.example.com/x?token=abc")])).toBe('["https://a.example.com/x"]');
});

test("long texts and lists are cut, and the whole is at most 500 characters", () => {
  const shown = preview(["x".repeat(10_000), Array.from({ length: 1_000 }, (_, i) => i)]);
  expect(shown?.length).toBeLessThanOrEqual(500);
});

test("getters that throw, cycles and odd values never make it fail", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const hostile = {
    get a(): never {
      throw new Error("no");
    },
  };
  expect(() =>
    preview([cyclic, hostile, 1n, Symbol("s"), () => 1, new Map(), Object.create(null)]),
  ).not.toThrow();
});
