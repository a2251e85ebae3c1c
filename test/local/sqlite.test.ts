import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { claim } from "../../engine/head-write.ts";
import { checkEngine, openDatabase } from "../../local/sqlite-schema.ts";
import { openSqliteStore, type SqliteOptions } from "../../local/sqlite-store.ts";
import { anEntry, aRun, claimed, wholeJournal } from "../contract/runs.ts";
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

async function place(): Promise<string> {
  const folder = await makeFolder("sqlite");
  onTestFinished(() => folder.remove());
  return join(folder.path, "holdfast.db");
}

async function opened(options: SqliteOptions = {}) {
  const path = await place();
  const store = openSqliteStore(path, options);
  onTestFinished(() => store.close());
  const db = connections.at(-1);
  if (db === undefined) throw new Error("no connection");
  return { path, store, db };
}

const setting = (db: Database.Database, name: string) => db.pragma(name, { simple: true });

test("what was recorded survives a power cut: WAL, full synchronous, really flushed on macOS too", async () => {
  const { db } = await opened();
  const names = ["journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync"];
  expect(names.map((name) => setting(db, name))).toStrictEqual(["wal", 2, 1, 1]);
});

test("all that is written in one turn is one commit, and answers come only after it", async () => {
  const events: (number | string)[] = [];
  const { store } = await opened({ onCommit: (operations) => events.push(operations) });
  const lease = await claimed(store);
  expect(events).toStrictEqual([1, 1]);
  const writes = Array.from({ length: 50 }, (_, n) => store.append(lease, anEntry(n + 1, 1)));
  await Promise.all(
    [...writes, store.send(lease.runId, { id: "cancel", data: "0" }, 1)].map((write) =>
      write.then(() => events.push("answer")),
    ),
  );
  expect(events.slice(2, 4)).toStrictEqual([51, "answer"]);
  expect(events.filter((event) => event !== "answer")).toStrictEqual([1, 1, 51]);
});

test("creations and records wait for an fsync, a claim alone does not", async () => {
  const commits: unknown[] = [];
  const { store, db } = await opened({
    onCommit: (...commit) => commits.push([...commit, setting(db, "synchronous")]),
  });
  const run = aRun();
  await store.create(run);
  const { run: held } = await store.write(run.id, claim("runner", 1));
  await store.append({ runId: run.id, epoch: held?.epoch ?? 0, owner: "runner" }, anEntry(1, 1));
  const other = aRun();
  await Promise.all([store.create(other), store.write(other.id, claim("runner", 1))]);
  expect(commits).toStrictEqual([
    [1, true, 2],
    [1, false, 1],
    [1, true, 2],
    [2, true, 2],
  ]);
});

test("a power cut behind a claim leaves the run as it was before; what is recorded under a claim brings it along", async () => {
  const { store, path } = await opened();
  const run = aRun();
  const wal = `${path}-wal`;
  const cuts: string[] = [];
  /** What is left if all that came behind `bytes` of the log has never reached the disk. */
  const cut = (bytes: number): string => {
    const copy = `${path}-${cuts.push("")}`;
    copyFileSync(path, copy);
    writeFileSync(`${copy}-wal`, readFileSync(wal).subarray(0, bytes));
    return copy;
  };
  await store.create(run);
  const synced = statSync(wal).size;
  const { run: held } = await store.write(run.id, claim("runner", 1));
  expect(statSync(wal).size).toBeGreaterThan(synced);
  const after = async (copy: string) => {
    const left = openSqliteStore(copy);
    onTestFinished(() => left.close());
    const again = await left.write(run.id, claim("another", 2));
    return { again: again.applied, read: (await left.journal(run.id, 0)).entries.length };
  };
  expect(await after(cut(synced))).toEqual({ again: true, read: 0 });
  await store.append({ runId: run.id, epoch: held?.epoch ?? 0, owner: "runner" }, anEntry(1, 1));
  expect(await after(cut(statSync(wal).size))).toEqual({ again: false, read: 1 });
});

test("writes of one turn are gathered over all its microtasks", async () => {
  const commits: number[] = [];
  const { store } = await opened({ onCommit: (operations) => commits.push(operations) });
  const later = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) await undefined;
    return store.create(aRun());
  };
  await Promise.all([0, 1, 5, 50].map(later));
  expect(commits).toStrictEqual([4]);
});

test("an answered write is there for another connection, an unanswered one is not", async () => {
  const { store, path } = await opened();
  const other = openSqliteStore(path);
  onTestFinished(() => other.close());
  const run = aRun();
  const answer = store.create(run);
  expect(await other.read(run.id)).toBeUndefined();
  await answer;
  expect(await other.read(run.id)).toBeDefined();
});

test("a read sees every write asked for before it in this process, and none asked for after it", async () => {
  const { store } = await opened();
  const { runId, ...lease } = await claimed(store);
  const seen = [];
  for (let number = 1; number <= 3; number++) {
    void store.append({ runId, ...lease }, anEntry(number, 1));
    seen.push(store.journal(runId, 0));
  }
  expect((await Promise.all(seen)).map(({ entries }) => entries.length)).toStrictEqual([1, 2, 3]);
});

test("a read without writes before it does not wait for a turn", async () => {
  const { store } = await opened();
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await store.read("run_none");
  expect(turned).toBe(false);
});

test("an operation that fails leaves its neighbours of the same commit alone", async () => {
  const { store } = await opened();
  const [first, last] = [aRun(), aRun()];
  const bad = aRun({ task: 5n as unknown as string });
  const answers = await Promise.allSettled([
    store.create(first),
    store.create(bad),
    store.create(last),
    store.read(last.id),
  ]);
  expect(answers.map(({ status }) => status)).toStrictEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(answers[3]).toMatchObject({ value: { id: last.id } });
  expect(await store.read(bad.id)).toBeUndefined();
  expect((await store.list({ limit: 9 })).runs).toHaveLength(2);
});

test("on a full disk a write is refused as HF405 and leaves nothing; small ones beside it and later ones work", async () => {
  const { store, db } = await opened();
  const lease = await claimed(store);
  db.pragma(`max_page_count = ${Number(setting(db, "page_count")) + 4}`);
  const big = aRun({ payload: { inline: "x".repeat(100_000) } });
  const [refused, small] = await Promise.allSettled([
    store.create(big, { key: "k", expiresAt: 9_999 }),
    store.append(lease, anEntry(1, 1)),
  ]);
  expect(refused).toMatchObject({ status: "rejected", reason: { code: "HF405", retryable: true } });
  expect(small).toMatchObject({ status: "fulfilled", value: { outcome: "appended" } });
  expect(await store.read(big.id)).toBeUndefined();
  await expect(store.append(lease, anEntry(2, 1, "x".repeat(100_000)))).rejects.toMatchObject({
    code: "HF405",
  });
  expect(await wholeJournal(store, lease.runId)).toStrictEqual([anEntry(1, 1)]);
  db.pragma("max_page_count = 1000000");
  expect((await store.create(big, { key: "k", expiresAt: 9_999 })).created).toBe(true);
  expect(await store.append(lease, anEntry(2, 1, "x".repeat(100_000)))).toStrictEqual({
    outcome: "appended",
  });
});

test("no answer costs a scan of all runs", async () => {
  const { store, db } = await opened();
  const asked: string[] = [];
  const prepare = db.prepare.bind(db);
  vi.spyOn(db, "prepare").mockImplementation((sql: string) => {
    asked.push(sql);
    return prepare(sql);
  });
  for (const status of [undefined, ["QUEUED"], ["FAILED", "CRASHED"]] as const) {
    await store.list({ limit: 5, after: "r", ...(status ? { status } : {}) });
  }
  const schema = await import("../../local/sqlite-heads.ts");
  for (const part of [schema.heads, schema.wakes, schema.holders]) part(db);
  expect(asked.length).toBeGreaterThan(8);
  for (const sql of asked.filter((text) => /^\s*(select|update)/.test(text))) {
    const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, 1]);
    const plan = prepare(`explain query plan ${sql}`).all(
      ...(names.length > 0 ? [Object.fromEntries(names)] : [...sql.matchAll(/\?/g)].map(() => 1)),
    );
    const scans = (plan as { detail: string }[]).filter(({ detail }) =>
      /^SCAN runs(?! USING (COVERING )?INDEX)/.test(detail),
    );
    expect([sql, scans]).toStrictEqual([sql, []]);
  }
});

test.each(["3.51.2", "3.45.1", "3.7.0", "2.99.99"])(
  "the engine SQLite %s, which can lose commits, is refused",
  (version) => {
    expect(() => checkEngine(version)).toThrow(expect.objectContaining({ code: "HF404" }));
  },
);

test.each(["3.51.3", "3.51.10", "3.52.0", "3.100.1", "4.0.0"])("the engine SQLite %s is taken", (version) => {
  expect(() => checkEngine(version)).not.toThrow();
});

test("a database of a newer Holdfast is refused and left as it is", async () => {
  const path = await place();
  const newer = new Database(path);
  newer.pragma("user_version = 99");
  newer.exec("create table theirs (id)");
  newer.close();
  expect(() => openDatabase(path)).toThrow(
    expect.objectContaining({ code: "HF409", message: expect.stringContaining("99") }),
  );
  const again = new Database(path);
  onTestFinished(() => void again.close());
  expect(setting(again, "user_version")).toBe(99);
  expect(again.prepare("select name from sqlite_master").pluck().all()).toStrictEqual(["theirs"]);
});

test("a file that is no database, or a folder that is not there, is refused with the way out", async () => {
  const path = await place();
  const { writeFile } = await import("node:fs/promises");
  await writeFile(path, "x".repeat(5_000));
  expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: "HF409" }));
  expect(() => openDatabase(join(path, "..", "none", "holdfast.db"))).toThrow(
    expect.objectContaining({ code: "HF409" }),
  );
});

test("a closed store has written everything asked of it, and is opened again with all it held", async () => {
  const path = await place();
  const store = openSqliteStore(path);
  const run = aRun();
  const answer = store.create(run);
  store.close();
  expect((await answer).created).toBe(true);
  const again = openSqliteStore(path);
  onTestFinished(() => again.close());
  expect((await again.read(run.id))?.id).toBe(run.id);
  expect((await again.write(run.id, claim("p", 1))).applied).toBe(true);
});

test("a writer behind a process that never ends its transaction gives up at last, and works again once it is gone", async () => {
  const { store, path } = await opened();
  const stuck = new Database(path, { timeout: 0 });
  onTestFinished(() => void stuck.close());
  stuck.exec("begin immediate");
  // Each look at the clock is four seconds later: nothing here waits for them.
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 4_000));
  onTestFinished(() => clock.mockRestore());
  await expect(store.create(aRun())).rejects.toMatchObject({ code: "HF409", retryable: true });
  stuck.exec("rollback");
  expect((await store.create(aRun())).created).toBe(true);
});
