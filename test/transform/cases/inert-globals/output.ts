import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/inert-globals.ts", [["p1qv7onn","Symbol().toString",6,""], ["rrnusa19","Math.random",7,""]]);
export function run(x: unknown) { const $f1 = $hf.enter("hf::70fu7v69", null); let $t1;
  const a = Math.max(1, 2) + Math.floor(3.5);
  const b = JSON.parse(JSON.stringify(x));
  const c = Object.entries(b).length;
  const d = Array.isArray(x) && Number.isInteger(x) && isNaN(Number(x));
  const e = encodeURIComponent(String(x)) + BigInt(1) + $hf.call($f1, $s[0], $t1 = Symbol("x"), $t1.toString, []);
  return [a, b, c, d, e, structuredClone(x), $hf.call($f1, $s[1], Math, Math.random, [])];
}
