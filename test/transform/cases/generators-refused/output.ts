import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/generators-refused.ts", [["pyrqbs85","load",2,""], ["d29xqrtc","load",6,""]]);
export function* all(...[first, ...others]: string[]) {
  yield $hf.call($f1, $s[0], undefined, load, [first]);
}
export function* strict(...{ $f1 = $hf.enter("hf:g:iuzt4ba2", null) }) {
  "use strict";
  yield $hf.call($f1, $s[1], undefined, load, [1]);
}
