/** Several processes on one database: real ones, without pause. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { aRun, wholeJournal } from "../contract/runs.ts";
import { makeFolder, root } from "../world/place.ts";

/** Starts a writer of `dist/`, which vitest has compiled; gives the lines that it says. */
function writer(path: string, name: string, times: number) {
  const child = spawn(
    process.execPath,
    [join(root, "dist", "test", "local", "sqlite-writer.js"), path, name, String(times)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  return { child, lines, ended: once(child, "close") };
}

/** What the store lacks of that which was promised to a writer. */
async function lost(path: string, lines: readonly string[]): Promise<string[]> {
  const store = openSqliteStore(path);
  try {
    const inbox = new Set((await store.inbox("all")).map(({ id }) => id));
    const holds: Record<string, (id: string, rest: string) => Promise<boolean>> = {
      created: async (id) => (await store.read(id)) !== undefined,
      claimed: async (id) => (await store.read(id))?.epoch === 1,
      sent: async (_, id) => inbox.has(id),
      appended: async (id, number) =>
        (await wholeJournal(store, id)).some((entry) => entry.number === Number(number)),
    };
    const missing: string[] = [];
    for (const line of lines) {
      const [kind = "", id = "", rest = ""] = line.split(" ");
      if (!(await holds[kind]?.(id, rest))) missing.push(line);
    }
    return missing;
  } finally {
    store.close();
  }
}

async function withCommonRun(): Promise<string> {
  const folder = await makeFolder("sqlite");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "holdfast.db");
  const store = openSqliteStore(path);
  await store.create(aRun({ id: "all" }));
  store.close();
  return path;
}

test("two processes that write at once lose nothing, and only one of them creates or claims a run", async () => {
  const path = await withCommonRun();
  const writers = [writer(path, "one", 150), writer(path, "two", 150)];
  await Promise.all(writers.map(({ ended }) => ended));
  const lines = writers.flatMap((each) => each.lines);
  expect(lines.filter((line) => line.startsWith("created shared"))).toHaveLength(150);
  expect(lines.filter((line) => line.startsWith("claimed shared"))).toHaveLength(150);
  expect(lines).toHaveLength(2 * 150 * 5 + 2 * 150);
  expect(await lost(path, lines)).toStrictEqual([]);
  const store = openSqliteStore(path);
  onTestFinished(() => store.close());
  expect(await store.inbox("all")).toHaveLength(300);
  expect((await store.read("all"))?.news).toBe(300);
});

test("what was promised to a process that is killed while it writes is kept, and the other goes on", async () => {
  const path = await withCommonRun();
  const [killed, other] = [writer(path, "one", 1_000_000), writer(path, "two", 150)];
  while (killed.lines.length < 200) await once(killed.child.stdout, "data");
  killed.child.kill("SIGKILL");
  await Promise.all([killed.ended, other.ended]);
  expect(other.child.exitCode).toBe(0);
  expect(await lost(path, [...killed.lines, ...other.lines])).toStrictEqual([]);
});
