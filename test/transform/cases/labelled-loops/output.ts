import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/labelled-loops.ts", [["xad30c6o","count",3,"ae"], ["re40jt1m","skip",4,"ae"], ["k9uhokrg","stop",5,"ae"], ["oxvttglj","tick",8,"aeq"], ["eifk8c7t","more",9,"aeq"]]);
export async function run(pages: Page[]) { const $f1 = $hf.enter("hf:a:jqw2aijp", null);
  outer: for (const page of pages) {
    for (let i = await $hf.call($f1, $s[0], undefined, count, [page]); i > 0; i--) {
      if (await $hf.call($f1, $s[1], undefined, skip, [page, i])) continue outer;
      if (await $hf.call($f1, $s[2], undefined, stop, [page])) break outer;
    }
  }
  do await $hf.call($f1, $s[3], undefined, tick, []);
  while (await $hf.call($f1, $s[4], undefined, more, []));
}
