import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import knex from "knex";
import { Kysely, SqliteDialect } from "kysely";
import sqlite3 from "sqlite3";
export async function warned() {
  const dir = await mkdtemp(join(tmpdir(), "jobs-"));
  const one = knex({ client: "better-sqlite3", connection: { filename: join(dir, "k.db") } });
  const path = `${dir}/k.db`;
  const two = new Kysely({ dialect: new SqliteDialect({ database: new Database(path) }) });
  return new sqlite3.Database(join(tmpdir(), "k.db"));
}
export async function silent(dir: string) {
  const folder = await mkdtemp(join(tmpdir(), "jobs-"));
  const three = new Database(join(folder, "k.db"));
  three.exec("create table seen (id)");
  const four = knex({ client: "better-sqlite3", connection: { filename: join(dir, "k.db") } });
  await writeFile(join(folder, "a.txt"), "text");
  return new sqlite3.Database("/data/k.db");
}
