import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/tagged-template.ts", [["yt2ef48q","sql",2,"ae"], ["4m09yloj","db.client().sql.execute",3,"a"], ["m88z0p51","db.client",3,""], ["cylv8yle","value",3,"ae"]]);
export async function run(id: number) { const $f1 = $hf.enter("hf:a:ev6frkqj", null); let $t1;
  const rows = await $hf.call($f1, $s[0], undefined, sql, $hf.template`select * from t where id = ${id}`);
  const other = await $hf.call($f1, $s[1], $t1 = $hf.call($f1, $s[2], db, db.client, []), $t1.sql, $hf.template`select ${await $hf.call($f1, $s[3], undefined, value, [])}`, [["execute", []]]);
  return [rows, other, String.raw`\n${id}`];
}
