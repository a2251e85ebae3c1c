import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/compared-errors.ts", [["5mydy7l8","lib.acquire",6,"a"], ["lfyu0ztx","lib.acquire",14,"a"], ["pbdrec3g","lib.check",20,""], ["vejdvvly","step()",24,""], ["f8wt7lot","step",24,"eq"], ["e2iu702u","lib.acquire",26,"a"]]);
import { E_TIMEOUT, lib } from "outside";
import { step } from "holdfast";
import { E_OWN } from "./errors.ts";
export async function warned() { const $f1 = $hf.enter("hf:a:zykg3ndk", null);
  try {
    await $hf.call($f1, $s[0], lib, lib.acquire, []);
  } catch (error) {
    if (error === E_TIMEOUT) return "late";
    if (lib.errors.CANCELED != error) throw error;
  }
}
export async function silent(known: unknown) { const $f1 = $hf.enter("hf:a:e15k5eo0", null);
  try {
    await $hf.call($f1, $s[1], lib, lib.acquire, []);
  } catch (error) {
    if (error === E_OWN || error === known || error === undefined) return "ours";
    if (error instanceof lib.TimeoutError || (error as Error).message === E_TIMEOUT.message) return "late";
  }
  try {
    $hf.call($f1, $s[2], lib, lib.check, []);
  } catch (error) {
    if (error === E_TIMEOUT) return "thrown here";
  }
  return $hf.join($f1, $s[3], $hf.call($f1, $s[4], undefined, step, ["all", async () => { const $f2 = $hf.enter("hf:a:t57w5p1m", $f1);
    try {
      await $hf.call($f2, $s[5], lib, lib.acquire, []);
    } catch (error) {
      return error === E_TIMEOUT;
    }
  }]));
}
