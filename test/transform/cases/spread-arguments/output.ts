import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/spread-arguments.ts", [["k7ub12av","send",2,"ae"], ["9ezf8aav","more",2,"ae"], ["06anzu43","(value).map()",3,""], ["wew1g3cc","(value).map",3,"eq"], ["6e7cejcc","list",3,""]]);
export async function run(args: string[]) { const $f1 = $hf.enter("hf:a:c2fscmef", null); let $t1;
  await $hf.call($f1, $s[0], undefined, send, [...args, ...(await $hf.call($f1, $s[1], undefined, more, []))]);
  return $hf.join($f1, $s[2], $hf.call($f1, $s[3], $t1 = [...$hf.call($f1, $s[4], undefined, list, []), ...new Set(args)], $t1.map, [String]));
}
