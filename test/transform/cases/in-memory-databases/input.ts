import { PGlite } from "@electric-sql/pglite";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { step } from "holdfast";
import knex from "knex";
import { DatabaseSync } from "node:sqlite";
import sqlite3 from "sqlite3";
const shared = new PGlite("memory://");
export async function warned() {
  const one = await PGlite.create();
  const two = knex({ client: "sqlite3", connection: { filename: ":memory:" } });
  const three = new sqlite3.Database("file::memory:?cache=shared");
  const four = new Database(":memory:");
  const orm = drizzle(four);
  return drizzle({ client: new DatabaseSync(":memory:") });
}
export async function silent(options: object) {
  const one = new PGlite("./data");
  const two = new PGlite(options);
  const three = new Database(":memory:");
  three.exec("create table seen (id)");
  const four = new DatabaseSync("seen.db");
  await step("count", async () => (await PGlite.create()).query("select 1"));
  return describe("a :memory: database");
}
