import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/await-of-anything.ts", [["n8fus6bf","p",2,""], ["3civ2i7u","(value)",3,""], ["70ttf91n","f",3,""], ["x1cx8r28","g",3,""], ["uv22kwog","builder.ready",4,""], ["kqano99y","f",7,"ae"], ["p9p7lkqs","new Promise",8,""], ["ovhtgl5p","new Promise",8,""], ["v2fa7llp","later",8,"eq"]]);
export async function run(p: Promise<number>, builder: Builder) { const $f1 = $hf.enter("hf:a:ydwxvju0", null);
  const a = await $hf.join($f1, $s[0], p);
  const b = await $hf.join($f1, $s[1], (cond ? $hf.call($f1, $s[2], undefined, f, []) : $hf.call($f1, $s[3], undefined, g, [])));
  const c = await $hf.join($f1, $s[4], $hf.read($f1, $s[4], () => (builder.ready)));
  const d = await import("./late.ts");
  const e = await 5;
  const f2 = await ($hf.call($f1, $s[5], undefined, f, []) as Promise<number>);
  const g2 = await $hf.join($f1, $s[6], $hf.promise($f1, $s[7], (resolve) => { const $f2 = $hf.enter("hf:u:3eyxydxk", $f1); return $hf.call($f2, $s[8], undefined, later, [resolve]); }, () => [[], []]));
  return [a, b, c, d, e, f2, g2];
}
