/** What the SQLite library makes of compiled code: Node 24 ends a process that collects it as garbage. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Library from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { nativesMade } from "../../local/sqlite.ts";
import { openSqliteDeliveries } from "../../local/sqlite-deliveries.ts";
import { openSqliteLogs } from "../../local/sqlite-logs.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { anEntry, claimed } from "../contract/runs.ts";
import { makeFolder, root } from "../world/place.ts";

test("neither a database nor a statement is ever garbage", () => {
  const sqlite = pathToFileURL(join(root, "dist", "local", "sqlite.js")).href;
  const program = `
    import { openSqlite } from ${JSON.stringify(sqlite)};
    const made = (() => {
      const db = openSqlite(":memory:");
      const statement = db.prepare("select 1");
      const refs = [db, statement, db.prepare("select 2").pluck()].map((each) => new WeakRef(each));
      db.close();
      return refs;
    })();
    const other = (() => new WeakRef({}))();
    await new Promise((done) => setTimeout(done, 10));
    gc();
    console.log(JSON.stringify([other.deref() === undefined, made.map((ref) => ref.deref() !== undefined)]));`;
  const { stdout } = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", program]);
  expect(JSON.parse(stdout.toString())).toEqual([true, [true, true, true]]);
});

test("a store, lines and deliveries that are used for long make no more of them", async () => {
  const folder = await makeFolder("natives");
  onTestFinished(() => folder.remove());
  const store = openSqliteStore(join(folder.path, "holdfast.db"), { wipes: true });
  const logs = openSqliteLogs(join(folder.path, "logs.db"), () => {});
  const deliveries = openSqliteDeliveries(join(folder.path, "logs.db"), () => {});
  onTestFinished(() => {
    store.close();
    logs.close();
    deliveries.close();
  });
  const statement = Object.getPrototypeOf(new Library(":memory:").prepare("select 1"));
  const iterate = vi.spyOn(statement, "iterate");
  const pragma = vi.spyOn(Library.prototype, "pragma");
  const backup = vi.spyOn(Library.prototype, "backup");

  const now = 1_000;
  const use = async (): Promise<void> => {
    const lease = await claimed(store);
    for (let number = 1; number <= 150; number++)
      await store.append(lease, anEntry(number, lease.epoch, "text", "progressless"));
    const { entries } = await store.journal(lease.runId, 0);
    expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 150 }, (_, at) => at + 1));
    await store.send(lease.runId, { id: "one", data: "{}" }, now);
    await Promise.all([store.inbox(lease.runId), store.read(lease.runId), store.due(now, 10)]);
    await store.list({ limit: 10, status: ["QUEUED", "EXECUTING"] });
    logs.add(lease.runId, { time: now, level: "info", message: "a line", pass: 1, attempt: 1 });
    logs.flush();
    expect(await store.releaseOwner(lease.owner, now)).toBeDefined();
    await store.erase(lease.runId, 1_000);
    logs.erase(lease.runId);
  };
  await use();
  const before = nativesMade();
  for (let round = 0; round < 5; round++) await use();
  expect(nativesMade()).toBe(before);
  for (const making of [iterate, pragma, backup]) expect(making).not.toHaveBeenCalled();
});
