/** What is played in a world that is closed writes nothing, not even through compiled code, which goes past Node's functions. */
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../local/fake/holdfast.ts";
import type { Holdfast } from "../world/holdfast.ts";
import { root } from "../world/place.ts";
import { replaysIn } from "../world/replays.ts";
import { makeProject, type Project } from "./project.ts";

const tasksFile = `import { appendFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { task } from "holdfast";

type Files = { readonly db: string; readonly log: string };

export const writing = task({ id: "writing", run: async ({ db: path, log }: Files) => {
  await appendFile(log, "begun\\n");
  const db = new Database(path);
  const insert = db.prepare("insert into made values (?)");
  insert.run("writing"); // WRITTEN
  await appendFile(log, "done\\n");
  return { rows: db.prepare("select count(*) as n from made").get() };
} });

export const catching = task({ id: "catching", run: async ({ db: path, log }: Files) => {
  await appendFile(log, "begun\\n");
  try { new Database(path).exec("insert into made values ('catching')"); } catch { await appendFile(log, "lost\\n"); }
  return "done";
} });

export const failing = task({ id: "failing", retry: { maxAttempts: 1 }, run: async ({ db: path, log }: Files) => {
  await appendFile(log, "begun\\n");
  new Database(path).exec("insert into made values ('failing')");
  await appendFile(log, "done\\n");
  throw new Error("a bug");
} });
`;

let project: Project;
let holdfast: Holdfast;
let files: { readonly db: string; readonly log: string };
beforeAll(async () => {
  project = await makeProject({ "tasks/all.ts": tasksFile });
  await mkdir(join(project.path, "node_modules"), { recursive: true });
  const name = join("node_modules", "better-sqlite3");
  await symlink(join(root, name), join(project.path, name), "junction");
  files = { db: join(project.path, "author.db"), log: join(project.path, "log") };
  new Database(files.db).exec("create table made (by text)").close();
  holdfast = await project.start({ args: ["--json"] });
});
afterAll(() => project.end());

/** How often a task has written its row. */
const rowsOf = (task: string): number =>
  (
    new Database(files.db, { readonly: true })
      .prepare("select count(*) as n from made where by = ?")
      .get(task) as { n: number }
  ).n;

interface Replay {
  readonly kind: string;
  readonly task: string;
  readonly line?: number;
  readonly what: string;
}

const told = (): Replay[] => replaysIn(holdfast.output());

test.each(["writing", "catching"])(
  "a replay writes no row into a package's database, and says where it would have: %s",
  async (task) => {
    await holdfast.finished(await holdfast.trigger(task, files));
    await until(`the replay of ${task} is told`, () => told().some((each) => each.task === task));
    expect(told().filter((each) => each.task === task)).toMatchObject([
      { kind: "stopped", what: expect.stringMatching(/would write a file\. .*each pass does it again/) },
    ]);
    if (task === "writing")
      expect(told().find((each) => each.task === task)?.line).toBe(
        tasksFile.split("\n").findIndex((line) => line.includes("// WRITTEN")) + 1,
      );
    expect(rowsOf(task)).toBe(1);
  },
);

test("a plan writes no row into a package's database, and ends where the code would", async () => {
  const id = await holdfast.trigger("failing", files);
  await holdfast.finished(id);
  const { output } = await project.run("resume", id, "--dry-run");
  expect(output).toContain("would write a file");
  expect(output).not.toContain("disk I/O error");
  expect(rowsOf("failing")).toBe(1);
});
