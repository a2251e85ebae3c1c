/** What a power cut leaves of a database: all that waited for an fsync, and of the rest a beginning. */
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { announce, finish, suspend } from "../../engine/head-write.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { anEntry, claimed } from "../contract/runs.ts";
import { makeFolder } from "../world/place.ts";

const counts = { activeMs: 1, attempts: 1, lastNumber: 1 };

/** A claimed run with a record, and what is left of its database if all that comes now never reaches the disk. */
async function recorded() {
  const folder = await makeFolder("power-cut");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "holdfast.db");
  const commits: boolean[] = [];
  const store = openSqliteStore(path, { onCommit: (_, isSynced) => commits.push(isSynced) });
  onTestFinished(() => store.close());
  const lease = await claimed(store);
  await store.append(lease, anEntry(1, lease.epoch));
  let synced = statSync(`${path}-wal`).size;
  return {
    store,
    lease,
    commits,
    keeps: () => {
      synced = statSync(`${path}-wal`).size;
    },
    afterCut: () => {
      const copy = join(folder.path, "after.db");
      copyFileSync(path, copy);
      writeFileSync(`${copy}-wal`, readFileSync(`${path}-wal`).subarray(0, synced));
      const left = openSqliteStore(copy);
      onTestFinished(() => left.close());
      return left;
    },
  };
}

test("a run is put away without an fsync: behind a power cut it is taken back from its dead pass, with all its records", async () => {
  const { store, lease, commits, afterCut } = await recorded();
  const away = { ...counts, wakeAt: 9, waitingFor: { kind: "timer", count: 1 } as const };
  const { run } = await store.write(lease.runId, suspend(lease, 2, 0, away));
  expect([run?.status, commits.at(-1)]).toEqual(["WAITING", false]);
  const left = afterCut();
  expect((await left.read(lease.runId))?.status).toBe("EXECUTING");
  expect(await left.releaseOwner(lease.owner, 3)).toEqual([lease.runId]);
  expect(await left.due(3, 10)).toEqual([lease.runId]);
  expect((await left.journal(lease.runId, 0)).entries).toHaveLength(1);
});

test("a run's end waits for an fsync; that all were told of it does not: behind a power cut they are told again", async () => {
  const { store, lease, commits, keeps, afterCut } = await recorded();
  await store.write(lease.runId, finish(lease, "completed", 2, counts, true));
  expect(commits.at(-1)).toBe(true);
  keeps();
  const { run } = await store.write(lease.runId, announce(3));
  expect([run?.status, run?.wakeAt, commits.at(-1)]).toEqual(["COMPLETED", undefined, false]);
  const left = await afterCut().read(lease.runId);
  expect([left?.status, left?.wakeAt]).toEqual(["COMPLETED", 2]);
});
