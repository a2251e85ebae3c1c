/** The lines of runs on one machine. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryLogs } from "../../engine/memory-logs.ts";
import type { LogLine, RunLogs } from "../../engine/run-logs.ts";
import { linesMost, openSqliteLogs, type SqliteLogs } from "../../local/sqlite-logs.ts";

let folder: string;
let opened: SqliteLogs[];
const told: string[] = [];
const path = () => join(folder, "logs.db");
function open(): SqliteLogs {
  const logs = openSqliteLogs(path(), (line) => void told.push(line));
  opened.push(logs);
  return logs;
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-logs-"));
  opened = [];
  told.length = 0;
});
afterEach(() => {
  for (const logs of opened) logs.close();
  rmSync(folder, { recursive: true });
});

const aLine = (message: string, set: Partial<LogLine> = {}): LogLine => ({
  time: 1_790_000_000_000,
  level: "info",
  attempt: 1,
  pass: 1,
  message,
  ...set,
});
const all = async (logs: RunLogs, runId: string, attempt?: number) => {
  const { lines } = await logs.page(runId, {
    after: 0,
    limit: 5_000,
    ...(attempt === undefined ? {} : { attempt }),
  });
  return lines;
};

describe.each([
  ["memory", () => memoryLogs()],
  ["SQLite", () => open()],
] as const)("lines in %s", (_, make) => {
  test("are given back as they were, in their order, each run's its own", async () => {
    const logs = make();
    const lines = [
      aLine("one", { properties: '{"a":1}', try: 2 }),
      aLine("two\nlines", { level: "error", isCut: true }),
      aLine("three", { attempt: 2, pass: 3 }),
    ];
    for (const line of lines) {
      logs.add("run_a", line);
      logs.add("run_b", aLine(`other ${line.message}`));
    }
    expect(await all(logs, "run_a")).toStrictEqual(lines.map((line, i) => ({ ...line, number: i + 1 })));
    expect(await all(logs, "run_b")).toHaveLength(3);
    expect(await all(logs, "run_c")).toEqual([]);
  });

  test("are paged by their numbers, of one attempt or of all", async () => {
    const logs = make();
    for (let n = 1; n <= 7; n++) logs.add("run_a", aLine(`line ${n}`, { attempt: n % 2 === 0 ? 2 : 1 }));
    const page = async (after: number, limit: number, attempt?: number) => {
      const asked = { after, limit, ...(attempt === undefined ? {} : { attempt }) };
      const { lines, more } = await logs.page("run_a", asked);
      return [...lines.map(({ number }) => number), more];
    };
    expect(await page(0, 3)).toEqual([1, 2, 3, true]);
    expect(await page(3, 4)).toEqual([4, 5, 6, 7, false]);
    expect(await page(0, 2, 2)).toEqual([2, 4, true]);
    expect(await page(4, 2, 2)).toEqual([6, false]);
  });
});

describe("the file of lines", () => {
  test("keeps the first 1,000 lines of a run, and tells that there were more, however they came", async () => {
    const logs = open();
    for (let n = 1; n <= 990; n++) logs.add("run_a", aLine(`line ${n}`));
    logs.flush();
    for (let n = 991; n <= 5_000; n++) logs.add("run_a", aLine(`line ${n}`));
    logs.flush();
    logs.add("run_a", aLine("later"));
    const lines = await all(logs, "run_a");
    expect([lines.length, lines[linesMost - 1]?.message]).toEqual([1_001, "line 1000"]);
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      message: expect.stringContaining("more than 1000 lines"),
    });
    logs.add("run_b", aLine("one"));
    expect(await all(logs, "run_b")).toHaveLength(1);
  });

  test("takes lines of several processes at once, and gives each its number", async () => {
    const writers = [open(), open(), open()];
    for (let n = 0; n < 50; n++) {
      for (const [i, logs] of writers.entries()) {
        logs.add("run_a", aLine(`${i} ${n}`));
        if ((n + i) % 7 === 0) logs.flush();
      }
    }
    for (const logs of writers) logs.flush();
    const lines = await all(open(), "run_a");
    expect(lines.map(({ number }) => number)).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
    for (const i of [0, 1, 2]) {
      const own = lines.filter(({ message }) => message.startsWith(`${i} `));
      expect(own.map(({ message }) => message)).toEqual(Array.from({ length: 50 }, (_, n) => `${i} ${n}`));
    }
  });

  test("is written by itself soon after", async () => {
    const logs = open();
    logs.add("run_a", aLine("one"));
    const other = open();
    await expect.poll(async () => (await all(other, "run_a")).length).toBe(1);
  });

  test("that is none is told once, and keeps no run from going on", async () => {
    writeFileSync(path(), "This is no database. ".repeat(1_000));
    const logs = open();
    logs.add("run_a", aLine("one"));
    logs.flush();
    expect(await all(logs, "run_a")).toEqual([]);
    expect(told).toEqual([expect.stringContaining("Lines of runs cannot be kept")]);
  });
});
