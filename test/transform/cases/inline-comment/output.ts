import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/inline-comment.ts", [["48ck49r6","load",3,"ae"], ["qdwvjwkw","next",3,"ae"], ["3sco4ycb","recorded",4,"ae"]]);
export async function run(x: number) { const $f1 = $hf.enter("hf:a:oqowu5ra", null);
  await /* holdfast:inline */ cheap(x);
  const y = await /* holdfast:inline */ (await $hf.call($f1, $s[0], undefined, load, [x])).parse(await $hf.call($f1, $s[1], undefined, next, []));
  await $hf.call($f1, $s[2], undefined, recorded, [/* just a comment */ x]);
  return y;
}
