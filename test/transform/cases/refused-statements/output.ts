import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/refused-statements.ts", [["vs3cobo4","log",2,""], ["nar2pe18","open",3,"ae"], ["vglb3xiv","eval",4,""], ["452fm5gf","new Function",5,"e"], ["o5mdkuvk","new Function",5,""]]);
export async function run(stream: AsyncIterable<string>) { const $f1 = $hf.enter("hf:a:pk378j0b", null);
  for await (const part of stream) $hf.call($f1, $s[0], undefined, log, [part]);
  await using file = await $hf.call($f1, $s[1], undefined, open, ["x"]);
  $hf.call($f1, $s[2], undefined, eval, ["1 + 1"]);
  return $hf.call($f1, $s[3], undefined, $hf.construct($f1, $s[4], Function, ["return 1"]), []);
}
