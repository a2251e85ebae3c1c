import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/destructuring.ts", [["ef6gbq0x","load",2,"ae"], ["5h87d5z6","load",2,"ae"], ["u311c9bx","make",3,""], ["mmw36zsy","list",3,"ae"], ["9sq20ze7","make",4,""], ["kue4fpoh","key",5,""], ["6ztg6oom","get",5,""]]);
export async function run() { const $f1 = $hf.enter("hf:a:oqkzc0h2", null);
  const { a, b: { c = await $hf.call($f1, $s[0], undefined, load, ["c"]) }, ...rest } = await $hf.call($f1, $s[1], undefined, load, ["x"]);
  const [d = $hf.call($f1, $s[2], undefined, make, []), ...e] = await $hf.call($f1, $s[3], undefined, list, []);
  [state.x, state.y = $hf.call($f1, $s[4], undefined, make, [])] = [a, d];
  ({ [$hf.call($f1, $s[5], undefined, key, [])]: $hf.call($f1, $s[6], undefined, get, []).z } = rest);
  return [c, e];
}
