import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSqliteStore } from "../../local/sqlite-store.ts";
import { makeFolder } from "../world/place.ts";

/** better-sqlite3 as it would be with an engine that can lose commits. */
vi.mock("better-sqlite3", async (load) => {
  const { default: Real } = await load<{ default: typeof import("better-sqlite3") }>();
  class Old extends Real {
    constructor(path: string, options: ConstructorParameters<typeof Real>[1]) {
      super(path, options);
      const prepare = this.prepare.bind(this);
      this.prepare = ((sql: string) =>
        prepare(sql.replace("sqlite_version()", "'3.51.2'"))) as typeof this.prepare;
    }
  }
  return { default: Old };
});

test("a store is not opened on an engine that can lose commits, and no table is made", async () => {
  const folder = await makeFolder("old-engine");
  onTestFinished(() => folder.remove());
  const path = join(folder.path, "holdfast.db");
  expect(() => openSqliteStore(path)).toThrow(expect.objectContaining({ code: "HF404" }));
  const { default: Database } = await vi.importActual<{ default: typeof import("better-sqlite3") }>(
    "better-sqlite3",
  );
  const db = new Database(path);
  expect(db.prepare("select count(*) from sqlite_master").pluck().get()).toBe(0);
  db.close();
});
