import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/combinators.ts", [["sln82tyx","Promise.all",2,"ae"], ["qjlm5enf","load",2,"ae"], ["ieqnsay3","load",2,"ae"], ["1mu1lctc","Promise.allSettled",3,"ae"], ["uordmuzm","items.map",3,""], ["zrn7e3e7","send",3,"eq"], ["wh9k3wcl","Promise.race",4,"ae"], ["3j3ld85y","timeout",4,"a"], ["kw3si2tl","load",4,"a"], ["h88akga9","Promise.any",5,""], ["yiksoazu","load",5,""], ["1onze9bl","later",6,""]]);
export async function run(items: string[]) { const $f1 = $hf.enter("hf:a:my87cp0z", null);
  const [a, b] = await $hf.call($f1, $s[0], Promise, Promise.all, [[$hf.call($f1, $s[1], undefined, load, ["a"]), $hf.call($f1, $s[2], undefined, load, ["b"])]]);
  await $hf.call($f1, $s[3], Promise, Promise.allSettled, [$hf.call($f1, $s[4], items, items.map, [(item) => { const $f2 = $hf.enter("hf:u:sbse8n7r", $f1); return $hf.call($f2, $s[5], undefined, send, [item]); }])]);
  await $hf.call($f1, $s[6], Promise, Promise.race, [[$hf.call($f1, $s[7], undefined, timeout, [5]), ($hf.call($f1, $s[8], undefined, load, ["c"]))]]);
  const later = $hf.call($f1, $s[9], Promise, Promise.any, [[$hf.call($f1, $s[10], undefined, load, ["d"])]]);
  return [a, b, await $hf.join($f1, $s[11], later)];
}
