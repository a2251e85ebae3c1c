import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/blame-sources.ts", [["t84xv5ja","check",2,"ae"], ["rvscl8ke","Promise.all",3,"ae"], ["1klaklcb","db.get",3,"ae"], ["cxprc0q5","db.count",3,"ae"], ["rnbcjerf","poll",6,"ae"], ["hl30yu2b","start",13,""], ["qesnjquy","pending",14,""]]);
export async function run(id: string) { const $f1 = $hf.enter("hf:a:yq2ds5ca", null);
  if (!(await $hf.call($f1, $s[0], undefined, check, [id]))) throw $hf.blame(new Error("refused"), [[$f1, $s[0]]]);
  const [{ data, error }, count] = await $hf.call($f1, $s[1], Promise, Promise.all, [[$hf.call($f1, $s[2], db, db.get, [id]), $hf.call($f1, $s[3], db, db.count, [])]]);
  if (error) throw $hf.blame(error, [[$f1, $s[2]]]);
  let state;
  state = await $hf.call($f1, $s[4], undefined, poll, [id]);
  const failed = state.status === "failed";
  switch (count) {
    case 0:
      throw $hf.blame(new Error("none"), [[$f1, $s[3]]]);
  }
  if (failed) throw $hf.blame(new Error("failed"), [[$f1, $s[4]]]);
  const pending = $hf.call($f1, $s[5], undefined, start, [id]);
  const started = await $hf.join($f1, $s[6], pending);
  if (!started) throw $hf.blame(new Error(`${data}`), [[$f1, $s[6]], [$f1, $s[5]], [$f1, $s[2]]]);
}
