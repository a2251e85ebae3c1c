import * as $hf_ from "holdfast/runtime";
const $s_ = $hf_.sites("tasks/generated-names.ts", [["9a47a87x","load",3,""], ["v98ozf4s","load().x",3,"ae"], ["f9khgig0","make",3,"ae"]]);
const $hf = 1, $f1 = 2;
export async function run($s: number) { const $f_1 = $hf_.enter("hf:a:4fcq71dx", null); let $t_1;
  return await (($t_1 = $hf_.call($f_1, $s_[0], undefined, load, [$hf, $f1, $s])) == null ? void 0 : $hf_.call($f_1, $s_[1], $t_1, $t_1.x, [await $hf_.call($f_1, $s_[2], undefined, make, [])]));
}
