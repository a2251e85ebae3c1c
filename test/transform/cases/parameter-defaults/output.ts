import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/parameter-defaults.ts", [["mj1yr8nm","nextId",1,""], ["rph5s4cb","max",1,""], ["bnc9fjd2","pick",1,""], ["f6l131ry","nextId",2,""], ["ximlohuj","build",2,"eq"], ["3d26iw9x","make",2,"eq"], ["2s4iu831","inner",3,""]]);
export async function run(id = $hf.call($hf.peek(null), $s[0], undefined, nextId, []), { limit = $hf.call($hf.peek(null), $s[1], undefined, max, []), ...rest } = {}, [first = $hf.call($hf.peek(null), $s[2], undefined, pick, [])] = []) { const $f1 = $hf.enter("hf:a:eimnmgv3", null);
  const inner = (x = id ?? $hf.call($hf.peek($f1), $s[3], undefined, nextId, []), make = () => { const $f2 = $hf.enter("hf:uc:wvgwpqgx", $f1); return $hf.call($f2, $s[4], undefined, build, [x]); }) => { const $f2 = $hf.enter("hf:uc:pr1l0tim", $f1); return $hf.call($f2, $s[5], undefined, make, []); };
  return $hf.call($f1, $s[6], undefined, inner, [limit, () => first]) + rest;
}
