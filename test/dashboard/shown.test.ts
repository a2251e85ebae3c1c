/** Text, times and links as the page shows them; and how large the page is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pauseAfter } from "../../dashboard/polling.ts";
import { cut, safeLink, shown } from "../../dashboard/shown.ts";
import { allStatuses, deadLetters } from "../../dashboard/statuses.ts";
import { ageOf, clockTime, lengthOf } from "../../dashboard/times.ts";
import { isDeadLetter, allStatuses as statusesOfEngine } from "../../engine/run.ts";
import { root } from "../world/place.ts";

describe("text from outside", () => {
  test("that turns or hides what stands around it is written out", () => {
    const marks = [
      "\u202e",
      "\u202a",
      "\u2066",
      "\u200f",
      "\u200b",
      "\u2028",
      "\ufeff",
      "\u0000",
      "\u001b",
      "\u0085",
    ];
    for (const mark of marks) {
      const code = mark.charCodeAt(0).toString(16);
      expect(shown(`gnp${mark}exe`)).toBe(`gnp\\u{${code}}exe`);
    }
    expect(shown("a\ud800b\udc00")).toBe("a\\u{d800}b\\u{dc00}");
  });
  test("of any language stays as it is, line breaks and composed emoji too", () => {
    for (const text of ["Grüße\n\tžluťoučký", "日本語", "مرحبا", "👩‍👩‍👧", "<b>&amp;</b>"])
      expect(shown(text)).toBe(text);
  });
  test("of 1 MB is cut, and what is left is told", () => {
    expect(cut("x".repeat(1_000_000), 4_000)).toEqual({ text: "x".repeat(4_000), left: 996_000 });
    expect(cut("short", 4_000)).toEqual({ text: "short", left: 0 });
  });
  test("is no link but where it leads to HTTP", () => {
    const base = "http://127.0.0.1:7474/runs/1";
    expect(safeLink("/api/v1/packets/a?x=1", base)).toBe("http://127.0.0.1:7474/api/v1/packets/a?x=1");
    expect(safeLink("https://bucket.s3.example/a", base)).toBe("https://bucket.s3.example/a");
    const bad = [
      "javascript:alert(1)",
      " JavaScript:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "http://",
      1,
      null,
    ];
    for (const url of bad) expect(safeLink(url, base)).toBeUndefined();
  });
});

describe("times", () => {
  test("are as long as people say", () => {
    const lengths = [
      0, 340, 999, 1_000, 2_440, 59_999, 72_000, 3_600_000, 3_660_000, 90_000_000, 259_200_000,
    ];
    expect(lengths.map(lengthOf)).toEqual([
      ...["0 ms", "340 ms", "999 ms", "1 s", "2.4 s", "59.9 s", "1 min 12 s"],
      ...["1 h", "1 h 1 min", "1 d 1 h", "3 d"],
    ]);
  });
  test("are so long ago, or so far away", () => {
    expect([0, 12_000, 180_000, 7_200_000].map((age) => ageOf(0, age))).toEqual([
      "just now",
      "12 s ago",
      "3 min ago",
      "2 h ago",
    ]);
    expect(ageOf(259_300_000, 0)).toBe("in 3 d");
  });
  test("of another day have their date", () => {
    const noon = new Date(2026, 0, 31, 12, 0, 1, 7);
    expect(clockTime(noon.toISOString(), noon.getTime())).toBe("12:00:01.007");
    expect(clockTime(noon.toISOString(), noon.getTime() + 86_400_000)).toBe("2026-01-31 12:00:01.007");
  });
});

test("the statuses are those of the engine, and so are the dead letters", () => {
  expect([...allStatuses].sort()).toEqual([...statusesOfEngine].sort());
  expect([...deadLetters].sort()).toEqual(statusesOfEngine.filter(isDeadLetter).sort());
});

test("a look that took long is not made again at once", () => {
  expect([10, 250, 1_000, 60_000].map(pauseAfter)).toEqual([1_000, 1_000, 4_000, 15_000]);
});

test("the page is smaller than 60 KB, compressed, with its style", () => {
  const size = (name: string): number => gzipSync(readFileSync(join(root, "dist", "dashboard", name))).length;
  expect(size("page.js") + size("page.css")).toBeLessThan(60 * 1024);
});
