import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/generators-refused.ts", [["h3li6yzl","load",2,"ae"], ["nyxb547k","load",5,""]]);
export async function* pages(...{ $f1 = $hf.enter("hf:a:bhxeufcp", null) }) {
  yield await $hf.call($f1, $s[0], undefined, load, [1]);
}
export function* all(...items: string[]) {
  for (const item of items) yield $hf.call($f1, $s[1], undefined, load, [item]);
}
