import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/started-early.ts", [["v0250zhj","charge",2,""], ["ib8lqbzl","charge",3,""], ["57hw6gk4","charge",3,""], ["t330kbdr","first",4,""], ["t5q5cshn","Promise.all",5,"ae"], ["mhtj4bag","charge()",6,""], ["he6ayuys","charge",6,"eq"]]);
export async function run() { const $f1 = $hf.enter("hf:a:358pvpb5", null);
  const first = $hf.call($f1, $s[0], undefined, charge, ["a"]);
  const second = [$hf.call($f1, $s[1], undefined, charge, ["b"]), $hf.call($f1, $s[2], undefined, charge, ["c"])];
  await $hf.join($f1, $s[3], first);
  await $hf.call($f1, $s[4], Promise, Promise.all, [second]);
  return $hf.join($f1, $s[5], $hf.call($f1, $s[6], undefined, charge, ["d"]));
}
