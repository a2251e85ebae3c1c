import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/for-await.ts", [["wldgov5q","stream",2,""], ["wollidc7","log",2,""], ["cdkaw3pf","nameOf",3,"ae"], ["70vkfhlp","db.rows()",3,"i"], ["6kx5tye4","db.rows",3,"ei"], ["eorivkla","send",5,"ae"], ["t7c138k7","client.pages",7,"ae"], ["g197a25y","pages",8,""], ["jjoqrk5b","page.items",8,""], ["q4d75snp","(value)",10,""], ["xqevqe0q","load",10,""], ["76kij959","load",10,""], ["rnydntd2","log",12,""], ["vhnm3mi9","pages",14,""], ["cszj5bau","log",14,""]]);
export async function run(stream: AsyncIterable<string>) { const $f1 = $hf.enter("hf:a:gybleu0t", null); let $t1, $t3, $t5, $t7, $t9, $t11;
  for await (const part of $t1 = $hf.iterate($f1, $s[0], stream)) { try { $hf.call($f1, $s[1], undefined, log, [part]); } catch ($t2) { if ($hf.broken($f1, $t1, $t2)) await $hf.never(); throw $t2; } }
  for await (const { id, name = await $hf.call($f1, $s[2], undefined, nameOf, [id]) } of $t3 = $hf.iterate($f1, $s[3], $hf.call($f1, $s[4], db, db.rows, []))) { try {
    if (!name) continue;
    await $hf.call($f1, $s[5], undefined, send, [id]);
  } catch ($t4) { if ($hf.broken($f1, $t3, $t4)) await $hf.never(); throw $t4; } }
  const pages = await $hf.call($f1, $s[6], client, client.pages, []);
  outer: for await (const page of $t5 = $hf.iterate($f1, $s[7], pages)) { try { for await (const item of $t7 = $hf.iterate($f1, $s[8], page.items)) { try { if (item.last) break outer; } catch ($t8) { if ($hf.broken($f1, $t7, $t8)) await $hf.never(); throw $t8; } } } catch ($t6) { if ($hf.broken($f1, $t5, $t6)) await $hf.never(); throw $t6; } }
  try {
    for await (item of $t9 = $hf.iterate($f1, $s[9], [$hf.call($f1, $s[10], undefined, load, [1]), $hf.call($f1, $s[11], undefined, load, [2])])) { try { throw new Error(item); } catch ($t10) { if ($hf.broken(null, $t9, $t10)) await $hf.never(); throw $t10; } }
  } catch (error) {
    $hf.call($f1, $s[12], undefined, log, [error]);
  }
  for (const list of [1, 2]) for await (const x of $t11 = $hf.iterate($f1, $s[13], pages)) { try { $hf.call($f1, $s[14], undefined, log, [x]); } catch ($t12) { if ($hf.broken($f1, $t11, $t12)) await $hf.never(); throw $t12; } }
}
for await (const line of lines()) log(line);
