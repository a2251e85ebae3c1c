import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/in-memory-databases.ts", [["r6lpkmbk","PGlite.create",10,"ae"], ["6ig02dku","knex",11,""], ["62rocdhz","new sqlite3.Database",12,""], ["l6hfzgdo","new Database",13,""], ["230ert9k","drizzle",14,""], ["2o7dbxbr","drizzle()",15,""], ["ln4roc96","drizzle",15,"eq"], ["ratrktml","new DatabaseSync",15,""], ["1brzvxt2","new PGlite",18,""], ["41u5humb","new PGlite",19,""], ["ul1ltfid","new Database",20,""], ["md4umb3m","three.exec",21,""], ["96izoul2","new DatabaseSync",22,""], ["hwo5ejlu","step",23,"ae"], ["h8sh4wpz","PGlite.create().query()",23,""], ["lwo971wv","PGlite.create().query",23,"eq"], ["3wtjoai7","PGlite.create",23,"ae"], ["gsjfrsnb","describe()",24,""], ["7blfumuh","describe",24,"eq"]]);
import { PGlite } from "@electric-sql/pglite";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { step } from "holdfast";
import knex from "knex";
import { DatabaseSync } from "node:sqlite";
import sqlite3 from "sqlite3";
const shared = new PGlite("memory://");
export async function warned() { const $f1 = $hf.enter("hf:a:8tov3p4e", null);
  const one = await $hf.call($f1, $s[0], PGlite, PGlite.create, []);
  const two = $hf.call($f1, $s[1], undefined, knex, [{ client: "sqlite3", connection: { filename: ":memory:" } }]);
  const three = $hf.construct($f1, $s[2], sqlite3.Database, ["file::memory:?cache=shared"]);
  const four = $hf.construct($f1, $s[3], Database, [":memory:"]);
  const orm = $hf.call($f1, $s[4], undefined, drizzle, [four]);
  return $hf.join($f1, $s[5], $hf.call($f1, $s[6], undefined, drizzle, [{ client: $hf.construct($f1, $s[7], DatabaseSync, [":memory:"]) }]));
}
export async function silent(options: object) { const $f1 = $hf.enter("hf:a:m48j58lz", null);
  const one = $hf.construct($f1, $s[8], PGlite, ["./data"]);
  const two = $hf.construct($f1, $s[9], PGlite, [options]);
  const three = $hf.construct($f1, $s[10], Database, [":memory:"]);
  $hf.call($f1, $s[11], three, three.exec, ["create table seen (id)"]);
  const four = $hf.construct($f1, $s[12], DatabaseSync, ["seen.db"]);
  await $hf.call($f1, $s[13], undefined, step, ["count", async () => { const $f2 = $hf.enter("hf:a:1bqdmps8", $f1); let $t1; return $hf.join($f2, $s[14], $hf.call($f2, $s[15], $t1 = (await $hf.call($f2, $s[16], PGlite, PGlite.create, [])), $t1.query, ["select 1"])); }]);
  return $hf.join($f1, $s[17], $hf.call($f1, $s[18], undefined, describe, ["a :memory: database"]));
}
