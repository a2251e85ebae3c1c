import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/id-packages-refused.ts", [["bvqh2nlp","nanoid",11,""], ["udkwt7ia","createId",11,""], ["ufb4zi5s","timeOrdered",11,""], ["eaq3pyu2","uuid.v1",11,""], ["k9edfyuy","monotonicFactory",11,""], ["10o1n4rv","v4",12,""], ["xwdhj873","uuid.v4",12,""], ["22s3ekc0","ulid",12,""], ["qopmc9jx","crypto.randomUUID",12,""], ["z12dvf36","step",13,"ae"], ["da67a8fi","nanoid()",13,""], ["6bodwtwj","nanoid",13,"e"], ["vk9aad44","short",14,""]]);
import { createId } from "@paralleldrive/cuid2";
import { customAlphabet, nanoid } from "nanoid";
import { monotonicFactory, ulid } from "ulid";
import * as uuid from "uuid";
import { v4, v7 as timeOrdered } from "uuid";
import { step } from "holdfast";

const short = customAlphabet("abc", 5);

export async function ids() { const $f1 = $hf.enter("hf:a:uemcci0p", null);
  const refused = [$hf.call($f1, $s[0], undefined, nanoid, []), $hf.call($f1, $s[1], undefined, createId, []), $hf.call($f1, $s[2], undefined, timeOrdered, []), $hf.call($f1, $s[3], uuid, uuid.v1, []), $hf.call($f1, $s[4], undefined, monotonicFactory, [])];
  const same = [$hf.call($f1, $s[5], undefined, v4, []), $hf.call($f1, $s[6], uuid, uuid.v4, []), $hf.call($f1, $s[7], undefined, ulid, []), $hf.call($f1, $s[8], crypto, crypto.randomUUID, [])];
  const recorded = await $hf.call($f1, $s[9], undefined, step, ["id", async () => { const $f2 = $hf.enter("hf:a:rsf7oytm", $f1); return $hf.join($f2, $s[10], $hf.call($f2, $s[11], undefined, nanoid, [])); }]);
  return [refused, same, recorded, $hf.call($f1, $s[12], undefined, short, [])];
}
