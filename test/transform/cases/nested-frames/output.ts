import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/nested-frames.ts", [["hzsk90n1","split",3,"ae"], ["wu9haxtq","Promise.all()",4,""], ["qxoi2qkc","Promise.all",4,"eq"], ["7yrhzsb7","parts.map",4,""], ["mfwgzndg","send",4,"aeq"], ["13hfdv5x","items.reduce",6,""], ["hdghqsux","one",7,"aep"], ["6hc5je8i","one",8,"eq"]]);
export async function run(items: string[]) { const $f1 = $hf.enter("hf:a:5n7wdx7c", null);
  async function one(item: string) { const $f2 = $hf.enter("hf:a:o0rz1bim", $f1);
    const parts = await $hf.call($f2, $s[0], undefined, split, [item]);
    return $hf.join($f2, $s[1], $hf.call($f2, $s[2], Promise, Promise.all, [$hf.call($f2, $s[3], parts, parts.map, [async (part) => { const $f3 = $hf.enter("hf:a:2217i38v", $f2); return await $hf.call($f3, $s[4], undefined, send, [part]); }])]));
  }
  const total = $hf.call($f1, $s[5], items, items.reduce, [(sum, item) => sum + item.length, 0]);
  for (const item of items) await $hf.call($f1, $s[6], undefined, one, [item]);
  return { total, handler: { on: () => { const $f2 = $hf.enter("hf:uc:hvntha19", $f1); return $hf.call($f2, $s[7], undefined, one, ["x"]); } } };
}
