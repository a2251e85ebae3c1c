/** Databases in memory, which are empty when they are opened again: HF140 of the build leaves those out that each pass fills. */
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { everyCrash } from "./tasks.ts";

test("a synchronous database in memory that nobody else gets is filled again by each pass, wherever the one before it died", async () => {
  const source = `task({ id: "t", run: async () => {
    const db = new lib.Database(":memory:");
    db.exec("create table seen (id integer)");
    const insert = db.prepare("insert into seen values (?)");
    for (const id of [1, 2, 3]) insert.run(await lib.next(id));
    const { total } = db.prepare("select sum(id) as total from seen").get();
    return total;
  } });`;
  const lib = () => ({ Database, next: async (id: number) => id * 10 });
  const { runs, bad } = await everyCrash(source, lib, "t", undefined, 60);
  expect(bad).toEqual([]);
  expect(runs).toBeGreaterThanOrEqual(6);
});
