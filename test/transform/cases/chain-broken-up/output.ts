import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/chain-broken-up.ts", [["ybwv25hg","db.select().from().where().limit",4,"a"], ["8uh1qanb","db.select().from",4,""], ["s9pvq1dh","eq",4,""], ["facmu2pk","queue.shift().process",5,""], ["p7auewiz","queue.shift",5,""], ["niwx0b9u","next().add",6,""], ["fjp7ohbn","next",6,""]]);
import { users } from "./schema";
let counter = 0;
export async function run(queue: Queue) { const $f1 = $hf.enter("hf:a:vmi0tjfr", null); let $t1, $t2, $t3;
  const rows = await $hf.call($f1, $s[0], $t1 = $hf.call($f1, $s[1], db, db.select, [], [["from", [users]]]), $t1.where, [$hf.call($f1, $s[2], undefined, eq, [users.id, counter])], [["limit", [10]]]);
  $hf.call($f1, $s[3], $t2 = $hf.call($f1, $s[4], queue, queue.shift, []), $t2.process, [queue.length]);
  $hf.call($f1, $s[5], $t3 = $hf.call($f1, $s[6], undefined, next, []), $t3.add, [counter]);
  return rows;
}
function next() { const $f1 = $hf.enter("hf::1nme4lxv", null);
  counter += 1;
  return adder;
}
