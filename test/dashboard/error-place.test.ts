/** The line of the author's source that is shown beside an error. */
import { expect, test } from "vitest";
import { placeOfError } from "../../dashboard/error-place.ts";

test("the first frame of the author's own is the place of an error, also behind Node's and a package's", () => {
  const stack = [
    "TypeError: fetch failed: at midnight (12:00:00)",
    "    at node:internal/deps/undici/undici:14902:13",
    "    at Charge.create (/app/node_modules/stripe/lib/charge.js:10:3)",
    "    at async ask (tasks/shop.ts:7:26)",
    "    at async run (tasks/shop.ts:20:5)",
  ].join("\n");
  expect(placeOfError(stack)).toBe("ask (tasks/shop.ts:7:26)");
  expect(placeOfError("Error: no\n    at tasks/shop.ts:3:1")).toBe("tasks/shop.ts:3:1");
  // An await whose library has thrown is named without its column.
  const awaited = "TypeError: no\n    at node:internal/undici:1:3\n    at await fetch (tasks/shop.ts:7)";
  expect(placeOfError(awaited)).toBe("await fetch (tasks/shop.ts:7)");
  expect(placeOfError("Error: no\n    at node:fs:1:1")).toBeUndefined();
  expect(placeOfError(undefined)).toBeUndefined();
});
