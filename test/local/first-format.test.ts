/**
 * What the first version wrote, a database and the bundle that its run is pinned to (`test/journals/first`, never written
 * again): opened by the newest Holdfast, and worked on beside the newest code.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../local/sqlite-schema.ts";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { makeProject } from "../cli/project.ts";
import { runOf } from "./runs.ts";

const kept = join(import.meta.dirname, "..", "journals", "first");
const runId = "run_p4qoof025bhqgb80lp0n303i";
const codeVersion = "1c0fc4f0e126ce49";

function putBack(data: string): void {
  const bundle = join(data, "bundles", codeVersion);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, "bundle.mjs"), gunzipSync(readFileSync(join(kept, "bundle.mjs.gz"))));
  writeFileSync(join(bundle, "manifest.json"), readFileSync(join(kept, "manifest.json")));
  const db = new Database(join(data, "holdfast.db"));
  db.exec(readFileSync(join(kept, "holdfast.sql"), "utf8"));
  db.close();
}

test("a run of the first format goes on, on the bundle of its time, beside the newest code; what it recorded is not done again", async () => {
  const newer = `import { task } from "holdfast";
export const kept = task({ id: "kept", run: async () => ({ version: "newest" }) });`;
  const project = await makeProject({ "tasks/kept.ts": newer });
  onTestFinished(() => project.end());
  putBack(project.data);
  const holdfast = await project.start({ command: "serve" });
  expect((await holdfast.finished(runId)).output).toEqual({ version: "first", numbers: [2, 4] });
  expect(await project.read("effects")).toBe("after\n");
  const id = await holdfast.trigger("kept", {});
  expect((await holdfast.finished(id)).output).toEqual({ version: "newest" });
  expect((await holdfast.checkpoints(runId)).map(({ name }) => name)).toContain("appendFile");
});

test("tables of an older version are changed when they are opened, and what is there is found: large values are counted, runs are in their batches", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-older-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "holdfast.db");
  const value = { ref: "c".repeat(64), bytes: 40_000 };
  const first = openSqliteStore(path);
  await first.create(runOf("run_a", { payload: value, batchId: "batch_a" }));
  first.close();
  const older = new Database(path);
  older.exec(
    "drop table spilled; drop index runs_by_batch; alter table runs drop column batch; pragma user_version = 2",
  );
  older.close();
  const store = openSqliteStore(path);
  onTestFinished(() => store.close());
  expect(await store.valuesOf("run_a")).toEqual([value.ref]);
  expect((await store.list({ batch: ["batch_a"], limit: 9 })).runs.map(({ id }) => id)).toEqual(["run_a"]);
});

test("tables of a newer version are refused, and left as they are", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-newer-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "holdfast.db");
  const newer = new Database(path);
  newer.exec("create table runs (id text); pragma user_version = 99");
  newer.close();
  expect(() => openDatabase(path)).toThrow("HF409");
  const after = new Database(path, { readonly: true });
  expect(after.pragma("user_version", { simple: true })).toBe(99);
  after.close();
});
