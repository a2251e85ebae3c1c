import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/transactions.ts", [["77ya1gp1","db.query",3,"ae"], ["a5ovf88e","db.query",4,"ae"], ["ufrbaht4","client.execute",5,"ae"], ["lbuiapsk","sql",6,"ae"], ["fddbqcna","mongo.startTransaction",7,"ae"], ["jjj1tz88","db.query",8,"ae"], ["waqrda96","prisma.$transaction",9,"ae"], ["pxx8spbe","tx.user.create",10,"aeq"], ["6cn19j6j","logger.info",15,""], ["t8mmvttt","db.query",16,""], ["3a0gj67x","step",17,"aeq"], ["7im8g3z1","db.query",18,"ae"], ["988lvoq0","db.rows()",19,"i"], ["ytialtdu","db.rows",19,"ei"], ["ozbtz9qw","db.query",19,"ae"], ["f7ma2qgb","db.query",20,"aeq"]]);
import { step } from "holdfast";
export async function run(db: Db) { const $f1 = $hf.enter("hf:a:94mocbg4", null);
  await $hf.call($f1, $s[0], db, db.query, ["BEGIN"]);
  await $hf.call($f1, $s[1], db, db.query, [` begin transaction`]);
  await $hf.call($f1, $s[2], client, client.execute, [`START TRANSACTION ${mode}`]);
  await $hf.call($f1, $s[3], undefined, sql, $hf.template`BEGIN`);
  const session = await $hf.call($f1, $s[4], mongo, mongo.startTransaction, []);
  await $hf.call($f1, $s[5], db, db.query, ["SELECT 1 -- BEGIN"]);
  await $hf.call($f1, $s[6], prisma, prisma.$transaction, [async (tx) => { const $f2 = $hf.enter("hf:a:d3mmoud6", $f1); let $t1;
    await $hf.call($f2, $s[7], $t1 = tx.user, $t1.create, [{}]);
  }]);
  return session;
}
export async function allowed(db: Db) { const $f1 = $hf.enter("hf:a:wlfh5j4a", null);
  $hf.call($f1, $s[8], logger, logger.info, ["Begin processing"]);
  $hf.call($f1, $s[9], db, db.query, ["BEGINNING"]);
  await $hf.call($f1, $s[10], undefined, step, ["pay", async () => { const $f2 = $hf.enter("hf:a:w29z1a4y", $f1); let $t2;
    await $hf.call($f2, $s[11], db, db.query, ["BEGIN"]);
    for await (const row of $t2 = $hf.iterate($f2, $s[12], $hf.call($f2, $s[13], db, db.rows, []))) { try { await $hf.call($f2, $s[14], db, db.query, [row]); } catch ($t3) { if ($hf.broken($f2, $t2, $t3)) await $hf.never(); throw $t3; } }
    await $hf.call($f2, $s[15], db, db.query, ["COMMIT"]);
  }]);
}
