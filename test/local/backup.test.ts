/** Backup and restore with real processes: a server that goes on working meanwhile, and one on what was restored. */
import { existsSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeBackup, restoreBackup } from "../../local/backup.ts";
import { clockIsSet, overdueRuns, wholeDatabase } from "../../local/folder-checks.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { makePlace, type Place, storeOf, until } from "./fake/holdfast.ts";
import { runOf } from "./runs.ts";

let place: Place;
beforeEach(async () => {
  place = await makePlace("backup");
});
afterEach(() => place.end());

const now = new Date(1_790_000_000_000);

describe("a backup", () => {
  test("made while runs are worked on is one moment of all of them, and a server on it ends every run", async () => {
    const first = await place.start();
    const file = place.file("steps");
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => first.trigger("steps", { count: 30, ms: 20, file })),
    );
    const long = await first.trigger("quick", { text: "x".repeat(100_000) }, { delay: "1h" });
    await until("they are at work", () => place.lines("steps").length > 40);
    const backup = place.file("the backup");
    await makeBackup(place.data, backup, now);
    for (const id of ids) expect((await first.finished(id)).status).toBe("COMPLETED");
    await first.stop();

    const data = place.file("restored");
    expect(await restoreBackup(backup, data)).toMatchObject({ madeAt: now.toISOString() });
    const second = await place.start({ data });
    for (const id of ids) expect((await second.finished(id)).output).toEqual({ count: 30 });
    await second.request("POST", `/api/v1/runs/${long}/reschedule`, { delay: "1s" });
    expect((await second.finished(long)).status).toBe("COMPLETED");
    await second.stop();
    // What was recorded in front of the backup was not done again behind it: only steps after it come twice.
    const firstSteps = place.lines("steps").filter((line) => line.split(" ")[1] === "1");
    expect(firstSteps).toHaveLength(ids.length);
  });

  test("keeps keys and secrets as closed as they are, and is not written over", async () => {
    const holdfast = await place.start();
    await holdfast.stop();
    const backup = place.file("closed");
    await makeBackup(place.data, backup, now);
    expect(statSync(backup).mode & 0o077).toBe(0);
    await expect(makeBackup(place.data, backup, now)).rejects.toMatchObject({ code: "HF413" });
    await expect(makeBackup(place.file("nothing"), place.file("b"), now)).rejects.toMatchObject({
      code: "HF413",
    });
    expect(existsSync(place.file("b"))).toBe(false);
  });
});

describe("a restore", () => {
  test("is refused while a server uses the folder, and where there are runs already", async () => {
    const holdfast = await place.start();
    const backup = place.file("backup");
    await makeBackup(place.data, backup, now);
    await expect(restoreBackup(backup, place.data)).rejects.toMatchObject({ code: "HF401" });
    await holdfast.stop();
    await expect(restoreBackup(backup, place.data)).rejects.toMatchObject({ code: "HF413" });
  });

  test("refuses what is no backup, and a database that is damaged", async () => {
    await mkdir(place.file("none"));
    await expect(restoreBackup(place.file("none"), place.data)).rejects.toMatchObject({ code: "HF413" });
    await mkdir(place.data);
    const store = storeOf(place);
    for (let at = 0; at < 200; at += 1)
      await store.create(runOf(`run_${at}`, { payload: { inline: "x".repeat(2_000) } }));
    store.close();
    const backup = place.file("damaged");
    await makeBackup(place.data, backup, now);
    const path = `${backup}/holdfast.db`;
    const size = statSync(path).size;
    await writeFile(path, Buffer.alloc(20_000, 7), { flag: "r+", flush: true });
    expect(statSync(path).size).toBe(size);
    await expect(restoreBackup(backup, place.file("other"))).rejects.toMatchObject({ code: "HF413" });
    expect(existsSync(`${place.file("other")}/holdfast.db`)).toBe(false);
  });
});

describe("doctor", () => {
  test("finds a damaged database, runs that are overdue under a server, and a clock that was set back", async () => {
    await mkdir(place.data);
    expect(wholeDatabase(place.data)).toBe("not made yet");
    const store = openSqliteStore(`${place.data}/holdfast.db`);
    await store.create(runOf("run_a", { createdAt: 1_000, wakeAt: 1_000 }));
    const later = 1_000 + 3_600_000;
    expect(wholeDatabase(place.data)).toBe("whole");
    expect(overdueRuns(place.data, true, 1_000)).toBe("none");
    expect(overdueRuns(place.data, false, later)).toContain("1 run(s) are overdue, the longest for 60 min");
    expect(() => overdueRuns(place.data, true, later)).toThrow("HF414");
    expect(clockIsSet(place.data, 1_000)).toBe("1970-01-01T00:00:01.000Z");
    expect(() => clockIsSet(place.data, 1_000 - 7_200_000)).toThrow("2 h from now");
    store.close();
    const db = new Database(`${place.data}/holdfast.db`);
    db.pragma("wal_checkpoint(truncate)");
    db.close();
    await writeFile(`${place.data}/holdfast.db`, Buffer.alloc(9_000, 7), { flag: "r+" });
    expect(() => wholeDatabase(place.data)).toThrow("HF414");
  });
});
