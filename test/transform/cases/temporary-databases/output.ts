import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/temporary-databases.ts", [["pstx77v8","mkdtemp",9,"ae"], ["eqytrtae","join",9,""], ["dmonep70","tmpdir",9,""], ["u7vauwkq","knex",10,""], ["22kvfioy","join",10,""], ["hyc535qd","new Kysely",12,""], ["yfrsrd4x","new SqliteDialect",12,""], ["f0h9yy5v","new Database",12,""], ["3n9gnsnf","new sqlite3.Database",13,""], ["nj0p02b4","new sqlite3.Database",13,""], ["bx6wktde","join",13,""], ["4f5hvuw0","tmpdir",13,""], ["xw18gd81","mkdtemp",16,"ae"], ["u9uxte0i","join",16,""], ["de9kwqv6","tmpdir",16,""], ["yuvfs2jd","new Database",17,""], ["6ije2zbn","join",17,""], ["r2gx1hsj","three.exec",18,""], ["h15zjc0n","knex",19,""], ["j2w5kuts","join",19,""], ["9e0jfwiu","writeFile",20,"ae"], ["uxb8k97g","join",20,""], ["2atjw11d","new sqlite3.Database",21,""], ["z4pqqjtw","new sqlite3.Database",21,""]]);
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import knex from "knex";
import { Kysely, SqliteDialect } from "kysely";
import sqlite3 from "sqlite3";
export async function warned() { const $f1 = $hf.enter("hf:a:nmqir5pr", null);
  const dir = await $hf.call($f1, $s[0], undefined, mkdtemp, [$hf.call($f1, $s[1], undefined, join, [$hf.call($f1, $s[2], undefined, tmpdir, []), "jobs-"])]);
  const one = $hf.call($f1, $s[3], undefined, knex, [{ client: "better-sqlite3", connection: { filename: $hf.call($f1, $s[4], undefined, join, [dir, "k.db"]) } }]);
  const path = `${dir}/k.db`;
  const two = $hf.construct($f1, $s[5], Kysely, [{ dialect: $hf.construct($f1, $s[6], SqliteDialect, [{ database: $hf.construct($f1, $s[7], Database, [path]) }]) }]);
  return $hf.join($f1, $s[8], $hf.construct($f1, $s[9], sqlite3.Database, [$hf.call($f1, $s[10], undefined, join, [$hf.call($f1, $s[11], undefined, tmpdir, []), "k.db"])]));
}
export async function silent(dir: string) { const $f1 = $hf.enter("hf:a:9wmojs5n", null);
  const folder = await $hf.call($f1, $s[12], undefined, mkdtemp, [$hf.call($f1, $s[13], undefined, join, [$hf.call($f1, $s[14], undefined, tmpdir, []), "jobs-"])]);
  const three = $hf.construct($f1, $s[15], Database, [$hf.call($f1, $s[16], undefined, join, [folder, "k.db"])]);
  $hf.call($f1, $s[17], three, three.exec, ["create table seen (id)"]);
  const four = $hf.call($f1, $s[18], undefined, knex, [{ client: "better-sqlite3", connection: { filename: $hf.call($f1, $s[19], undefined, join, [dir, "k.db"]) } }]);
  await $hf.call($f1, $s[20], undefined, writeFile, [$hf.call($f1, $s[21], undefined, join, [folder, "a.txt"]), "text"]);
  return $hf.join($f1, $s[22], $hf.construct($f1, $s[23], sqlite3.Database, ["/data/k.db"]));
}
