import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/refused-statements.ts", [["vglb3xiv","eval",2,""], ["0pz62rvo","new Function()",3,""], ["452fm5gf","new Function",3,"eq"], ["o5mdkuvk","new Function",3,""]]);
export async function run() { const $f1 = $hf.enter("hf:a:pk378j0b", null);
  $hf.call($f1, $s[0], undefined, eval, ["1 + 1"]);
  return $hf.join($f1, $s[1], $hf.call($f1, $s[2], undefined, $hf.construct($f1, $s[3], Function, ["return 1"]), []));
}
