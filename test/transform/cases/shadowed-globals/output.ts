import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/shadowed-globals.ts", [["foxufrcy","JSON.parse",3,""], ["ew1z5c4k","Math.max",4,""], ["136o994f","Object.keys",5,""], ["mdxvlpdc","parseInt",9,""], ["rx62us2h","Promise.resolve",12,"ae"], ["fzq34fvb","Array.from",12,""], ["r53a3j8o","Math.random",13,""], ["rwdx13ch","Date.now",13,""], ["wl2ytaqj","crypto.randomUUID",13,""]]);
import { JSON, fetch as Math } from "./own";
export async function run(Object: Own) { const $f1 = $hf.enter("hf:a:hrjd3vc4", null);
  $hf.call($f1, $s[0], JSON, JSON.parse, ["x"]);
  $hf.call($f1, $s[1], Math, Math.max, [1]);
  $hf.call($f1, $s[2], Object, Object.keys, [1]);
  String(Number("1"));
  {
    const parseInt = (x: string) => x;
    $hf.call($f1, $s[3], undefined, parseInt, ["1"]);
  }
  parseInt("1");
  await $hf.call($f1, $s[4], Promise, Promise.resolve, [$hf.call($f1, $s[5], Array, Array.from, [[1]])]);
  return [$hf.call($f1, $s[6], Math, Math.random, []), $hf.call($f1, $s[7], Date, Date.now, []), $hf.call($f1, $s[8], crypto, crypto.randomUUID, [])];
}
