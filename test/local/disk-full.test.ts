/** A disk that is really full: a file system of one megabyte, where the system lets tests make one. */
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { orDiskFull } from "../../local/disk-full.ts";
import { lockFolder } from "../../local/lock.ts";
import { fileSpill } from "../../local/spill.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { anEntry, aRun, claimed, wholeJournal } from "../contract/runs.ts";
import { makeFolder } from "../world/place.ts";

/** A small file system, or the reason why there is none. */
async function smallDisk(): Promise<{ path: string } | { reason: string }> {
  const folder = await makeFolder("small-disk");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "holdfast-test", folder.path], { stdio: "pipe" });
  } catch (error) {
    await folder.remove();
    return { reason: `no small file system can be mounted here: ${String(error).split("\n")[0]}` };
  }
  onTestFinished(async () => {
    execFileSync("umount", ["-l", folder.path]);
    await folder.remove();
  });
  return folder;
}

test("on a full file system writes and spills are refused as HF405, what was recorded is read, and all works again with room", async ({
  skip,
}) => {
  const disk = await smallDisk();
  if ("reason" in disk) return skip(disk.reason);
  const store = openSqliteStore(join(disk.path, "holdfast.db"));
  const spill = fileSpill(disk.path);
  const lease = await claimed(store);
  await store.append(lease, anEntry(1, 1));
  const kept = await spill.put("kept");
  const filler = join(disk.path, "filler");
  expect(() => writeFileSync(filler, "x".repeat(2_000_000))).toThrow(/ENOSPC/);

  let number = 1;
  const refused = { code: "HF405", retryable: true };
  await expect(
    (async () => {
      for (; number < 999; number++) await store.append(lease, anEntry(number + 1, 1, "y".repeat(9_000)));
    })(),
  ).rejects.toMatchObject(refused);
  await expect(store.create(aRun({ payload: { inline: "z".repeat(20_000) } }))).rejects.toMatchObject(
    refused,
  );
  await expect(spill.put("w".repeat(50_000))).rejects.toMatchObject(refused);
  expect(() => lockFolder(disk.path)).toThrow(expect.objectContaining(refused));
  expect(await wholeJournal(store, lease.runId)).toHaveLength(number);
  expect(await spill.get(kept)).toBe("kept");
  expect(readdirSync(join(disk.path, "values"), { recursive: true })).not.toContainEqual(
    expect.stringMatching(/\..*-/),
  );

  rmSync(filler);
  lockFolder(disk.path).release();
  expect(await store.append(lease, anEntry(number + 1, 1, "y".repeat(9_000)))).toStrictEqual({
    outcome: "appended",
  });
  expect(await spill.get(await spill.put("w".repeat(50_000)))).toHaveLength(50_000);
  store.close();
  const again = openSqliteStore(join(disk.path, "holdfast.db"));
  expect(await wholeJournal(again, lease.runId)).toHaveLength(number + 1);
  again.close();
});

test("another failure is not taken for a full disk", () => {
  for (const error of [
    new Error("x"),
    Object.assign(new Error("x"), { code: "SQLITE_IOERR_READ" }),
    "SQLITE_FULL",
  ]) {
    expect(orDiskFull(error)).toBe(error);
  }
});
