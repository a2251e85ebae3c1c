import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/effects-in-place.ts", [["kwqsanmn","send",3,"ae"], ["n57mz5v7","queue.shift",3,""], ["jt37pd2g","send",4,"ae"], ["tyog6abf","send",5,"ae"], ["iuplgru7","box",6,""], ["9yty8g21","box",7,""]]);
export async function run(queue: string[]) { const $f1 = $hf.enter("hf:a:olykyci8", null);
  let i = 0;
  await $hf.call($f1, $s[0], undefined, send, [i++, $hf.call($f1, $s[1], queue, queue.shift, []), ++i]);
  queue[i++] = await $hf.call($f1, $s[2], undefined, send, [i]);
  total += await $hf.call($f1, $s[3], undefined, send, [(i = 5)]);
  delete $hf.call($f1, $s[4], undefined, box, []).key;
  $hf.call($f1, $s[5], undefined, box, []).count++;
  return i;
}
