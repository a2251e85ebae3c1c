/** What SQLite is asked to do for many runs at once: counted in transactions, fsyncs and pages, not in time. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { realChance } from "../../local/clock.ts";
import type { openDatabase } from "../../local/sqlite-schema.ts";
import { openSqliteStore, type SqliteOptions } from "../../local/sqlite-store.ts";
import { aRun } from "../contract/runs.ts";
import { makeFolder } from "../world/place.ts";

/** The connections behind the stores that this file opens, the newest last. */
const connections = vi.hoisted((): Database.Database[] => []);
vi.mock("../../local/sqlite-schema.ts", async (load) => {
  const real = await load<typeof import("../../local/sqlite-schema.ts")>();
  const open: typeof openDatabase = (path) => {
    const db = real.openDatabase(path);
    connections.push(db);
    return db;
  };
  return { ...real, openDatabase: open };
});

async function opened(options: SqliteOptions = {}) {
  const folder = await makeFolder("sqlite");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "holdfast.db");
  const store = openSqliteStore(path, options);
  onTestFinished(() => store.close());
  const db = connections.at(-1);
  if (db === undefined) throw new Error("no connection");
  return { path, store, db };
}

test("further reads of a turn are one transaction; one that fails leaves the others alone", async () => {
  const { store, db } = await opened();
  const runs = Array.from({ length: 20 }, () => aRun());
  await Promise.all(runs.map((run) => store.create(run)));
  const inside = new Set<boolean>();
  const look = vi.spyOn(JSON, "parse").mockImplementation((text) => {
    inside.add(db.inTransaction);
    if (text.includes(`"${runs[7]?.id}"`)) throw new Error("unreadable");
    return { id: /run_\d+/.exec(text)?.[0] };
  });
  const reads = Promise.allSettled(["run_none", ...runs.map(({ id }) => id)].map((id) => store.read(id)));
  const found = await reads;
  look.mockRestore();
  expect(inside).toEqual(new Set([true, false]));
  const ids = found.map((each) => (each.status === "fulfilled" ? each.value?.id : "failed"));
  expect(ids).toEqual([undefined, ...runs.map(({ id }, at) => (at === 7 ? "failed" : id))]);
  expect(db.inTransaction).toBe(false);
});

test("what is read beside a claim makes no commit wait for an fsync", async () => {
  const commits: boolean[] = [];
  const { store } = await opened({ onCommit: (_, isSynced) => commits.push(isSynced) });
  const run = aRun();
  await store.create(run);
  const [, { run: held }] = await Promise.all([
    store.read(run.id),
    store.write(run.id, claim("runner", 1)),
    store.read(run.id),
  ]);
  expect([held?.owner, commits]).toEqual(["runner", [true, false]]);
});

test("while others come, what is asked for is one commit, reads before it wait for none, and closing makes it", async () => {
  const commits: number[] = [];
  const onCommit = (operations: number) => commits.push(operations);
  const { store } = await opened({ onCommit, othersCome: () => true });
  const [first, second, third] = [aRun(), aRun(), aRun()];
  await store.create(first);
  expect((await Promise.all([store.read(first.id), store.read(first.id)])).map((run) => run?.id)).toEqual([
    first.id,
    first.id,
  ]);
  const later = [store.create(second), store.create(third), store.read(third.id)];
  store.close();
  await Promise.all(later);
  expect(commits).toEqual([1, 3]);
});

test("a commit of many new runs writes few pages, since their ids begin with their time", async () => {
  const pagesOf = async (newOne: () => string): Promise<number> => {
    const { store, path, db } = await opened();
    const add = (count: number, from: number) =>
      Promise.all(
        Array.from({ length: count }, (_, n) =>
          store.create(aRun({ id: newOne(), createdAt: from + n, wakeAt: from + n })),
        ),
      );
    await add(1_000, 0);
    db.pragma("wal_checkpoint(truncate)");
    await add(64, 1_000);
    return Math.floor(statSync(`${path}-wal`).size / 4_096);
  };
  const chance = realChance();
  const id = chance.id("run_");
  expect(id).toMatch(/^run_[0-9a-z]{24}$/);
  expect(Math.abs(Number.parseInt(id.slice(4, 13), 36) - Date.now())).toBeLessThan(60_000);
  const [timed, scattered] = [
    await pagesOf(() => chance.id("run_")),
    await pagesOf(() => `run_${chance.id("")}`),
  ];
  expect(timed).toBeLessThan(scattered / 2);
});
