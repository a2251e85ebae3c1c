import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/id-packages.ts", [["4jcxaqio","nanoid",11,""], ["ifahchw6","createId",11,""], ["qe3hfavl","timeOrdered",11,""], ["pevengec","uuid.v1",11,""], ["r8jfmcy9","monotonicFactory",11,""], ["fzuohnam","v4",12,""], ["byqzv1cj","uuid.v4",12,""], ["1356sgcq","ulid",12,""], ["ozsywt6g","crypto.randomUUID",12,""], ["ftxjwkzh","step",13,"ae"], ["kbczz6uj","nanoid()",13,""], ["ys41hlja","nanoid",13,"eq"], ["74tn9e46","short",14,""]]);
import { createId } from "@paralleldrive/cuid2";
import { customAlphabet, nanoid } from "nanoid";
import { monotonicFactory, ulid } from "ulid";
import * as uuid from "uuid";
import { v4, v7 as timeOrdered } from "uuid";
import { step } from "holdfast";

const short = customAlphabet("abc", 5);

export async function ids() { const $f1 = $hf.enter("hf:a:45isolnk", null);
  const refused = [$hf.call($f1, $s[0], undefined, nanoid, []), $hf.call($f1, $s[1], undefined, createId, []), $hf.call($f1, $s[2], undefined, timeOrdered, []), $hf.call($f1, $s[3], uuid, uuid.v1, []), $hf.call($f1, $s[4], undefined, monotonicFactory, [])];
  const same = [$hf.call($f1, $s[5], undefined, v4, []), $hf.call($f1, $s[6], uuid, uuid.v4, []), $hf.call($f1, $s[7], undefined, ulid, []), $hf.call($f1, $s[8], crypto, crypto.randomUUID, [])];
  const recorded = await $hf.call($f1, $s[9], undefined, step, ["id", async () => { const $f2 = $hf.enter("hf:a:ayyw66y9", $f1); return $hf.join($f2, $s[10], $hf.call($f2, $s[11], undefined, nanoid, [])); }]);
  return [refused, same, recorded, $hf.call($f1, $s[12], undefined, short, [])];
}
