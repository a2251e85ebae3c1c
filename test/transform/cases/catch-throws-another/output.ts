import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/catch-throws-another.ts", [["g38u3u28","ship",5,"a"], ["cgyzkejk","refund",7,"ae"], ["1gw127h0","ship",11,"ae"], ["e7m46c2c","refund",13,"ae"], ["vm2oszr7","ship",17,"a"], ["u64kkg73","refund",19,"ae"], ["4prx6vtw","new AbortTaskRunError",20,""], ["11hk3cdt","ship",23,"a"], ["th6hox7u","ship",29,"a"], ["rkuty8ld","refund",31,"a"], ["b6zhqaw3","step",35,"aeq"], ["vbmzi1it","ship",37,"a"], ["79uzmst5","refund",39,"ae"]]);
import { AbortTaskRunError, step } from "holdfast";

export async function run(order: Order) { const $f1 = $hf.enter("hf:a:gbp7cohk", null);
  try {
    await $hf.call($f1, $s[0], undefined, ship, [order]);
  } catch (error) {
    await $hf.call($f1, $s[1], undefined, refund, [order]);
    throw new Error("not shipped", { cause: error });
  }
  try {
    await $hf.call($f1, $s[2], undefined, ship, [order]);
  } catch (error) { if ($hf.leaving($f1, error)) await $hf.never();
    await $hf.call($f1, $s[3], undefined, refund, [order]);
    throw error;
  }
  try {
    await $hf.call($f1, $s[4], undefined, ship, [order]);
  } catch (error) {
    await $hf.call($f1, $s[5], undefined, refund, [order]);
    throw $hf.construct($f1, $s[6], AbortTaskRunError, ["never"]);
  }
  try {
    await $hf.call($f1, $s[7], undefined, ship, [order]);
  } catch (error) {
    throw new Error("no await", { cause: error });
  }
  try {
    try {
      await $hf.call($f1, $s[8], undefined, ship, [order]);
    } catch (error) {
      await $hf.call($f1, $s[9], undefined, refund, [order]);
      throw new Error("caught outside", { cause: error });
    }
  } catch {}
  await $hf.call($f1, $s[10], undefined, step, ["all", async () => { const $f2 = $hf.enter("hf:a:wcasy7u3", $f1);
    try {
      await $hf.call($f2, $s[11], undefined, ship, [order]);
    } catch {
      await $hf.call($f2, $s[12], undefined, refund, [order]);
      throw new Error("inside a step");
    }
  }]);
}
