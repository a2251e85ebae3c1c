/** How long a real server keeps what has ended. */
import { existsSync, utimesSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Run } from "../../engine/run.ts";
import { localConfig } from "../../local/config.ts";
import { logsPath } from "../../local/data-folder.ts";
import { fileSpill } from "../../local/spill.ts";
import { openSqliteLogs } from "../../local/sqlite-logs.ts";
import { makePlace, type Place, storeOf, until } from "./fake/holdfast.ts";
import { runOf } from "./runs.ts";

let place: Place;
beforeEach(async () => {
  place = await makePlace("kept-days");
});
afterEach(() => place.end());

const dayMs = 86_400_000;
const daysAgo = (days: number): Partial<Run> => {
  const at = Date.now() - days * dayMs;
  return { status: "COMPLETED", createdAt: at, updatedAt: at, finishedAt: at };
};

/** A run that ended 40 days ago with a large value and a line, one that ended 20 days ago, and a dead letter of 40 days. */
async function fill(): Promise<string> {
  await mkdir(place.data);
  const ref = await fileSpill(place.data).put("a large value");
  const path = join(place.data, "values", ref.slice(0, 2), ref.slice(2));
  utimesSync(path, 1_000, 1_000);
  const store = storeOf(place);
  await store.create(runOf("run_old", { ...daysAgo(40), payload: { ref, bytes: 40_000 } }));
  await store.create(runOf("run_dead", { ...daysAgo(40), status: "FAILED" }));
  await store.create(runOf("run_new", daysAgo(20)));
  store.close();
  const logs = openSqliteLogs(logsPath(place.data), () => {});
  logs.add("run_old", { time: 1, level: "info", attempt: 1, pass: 1, message: "m" });
  logs.close();
  return path;
}

async function shown(): Promise<string[]> {
  const store = storeOf(place);
  const { runs } = await store.list({ limit: 10 });
  store.close();
  return runs.map(({ id }) => id).sort();
}

test("runs that ended more than 30 days ago are erased at the start, with their large values and lines", async () => {
  const value = await fill();
  const holdfast = await place.start();
  await until("the old ones are gone", async () => (await shown()).length === 1);
  expect(await shown()).toEqual(["run_new"]);
  expect(existsSync(value)).toBe(false);
  await holdfast.stop();
  const logs = openSqliteLogs(logsPath(place.data), () => {});
  expect((await logs.page("run_old", { after: 0, limit: 10 })).lines).toEqual([]);
  logs.close();
});

test("HOLDFAST_KEEP_DAYS says for how many days, or forever, by task and status; anything else is refused", async () => {
  const kept = (text: string) => localConfig({ env: { HOLDFAST_KEEP_DAYS: text } }).retention;
  const days = (text: string, task = "a", status: Run["status"] = "COMPLETED") =>
    kept(text).keptMs({ task, status }) / dayMs;
  expect([days(""), days("7"), days("forever")]).toEqual([30, 7, Number.POSITIVE_INFINITY]);
  const rules = "20, FAILED=90, mail/x=1, mail/x/FAILED=forever";
  expect([days(rules), days(rules, "a", "FAILED"), days(rules, "mail/x", "CANCELED")]).toEqual([20, 90, 1]);
  expect([days(rules, "mail/x", "FAILED"), kept(rules).leastMs]).toEqual([Number.POSITIVE_INFINITY, dayMs]);
  for (const text of ["0", "-1", "1.5", "a week", "4000", "30, FAILED", "a=", "QUEUED=3", "a/EXECUTING=3"])
    expect(() => kept(text)).toThrow("HF406");
});
