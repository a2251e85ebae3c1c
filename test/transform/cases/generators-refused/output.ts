import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/generators-refused.ts", [["nyxb547k","load",2,""]]);
export function* all(...items: string[]) {
  for (const item of items) yield $hf.call($f1, $s[0], undefined, load, [item]);
}
