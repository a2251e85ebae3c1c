import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/leaving.ts", [["fz5kufyn","download",5,"ae"], ["qapm37ek","download",7,"ae"], ["h6gqba1w","remove",9,"ae"], ["6gc1kgip","Promise.all",17,"ae"], ["mfb4qxtn","first",17,"ae"], ["oto6or0y","(value).map",17,"ae"], ["9ch7duhp","first()",17,""], ["jmsc9t5z","first",17,"eq"], ["wowvrn4l","undo",19,"ae"], ["baqud446","console.log",22,""], ["444v28ep","first",25,"a"], ["lqsxnuv9","first()",27,""], ["o42ulanr","first",27,"e"], ["7urucu3o","remove",29,"ae"], ["r5ri2nr5","first",33,"a"], ["asruyqt0","remove",35,"a"]]);
import { task } from "holdfast";
import { download, remove, undo } from "./files";

async function first(url: string) { const $f1 = $hf.enter("hf:a:gksikez4", null);
  const file = await $hf.call($f1, $s[0], undefined, download, [url]);
  try {
    return await $hf.call($f1, $s[1], undefined, download, [file]);
  } catch ($t1) { if ($hf.leaving($f1, $t1)) await $hf.never(); throw $t1; } finally {
    await $hf.call($f1, $s[2], undefined, remove, [file]);
  }
}

export const leaving = task({
  id: "leaving",
  run: async (url: string) => { const $f1 = $hf.enter("hf:a:f73nivn9", null); let $t2;
    try { try {
      await $hf.call($f1, $s[3], Promise, Promise.all, [[$hf.call($f1, $s[4], undefined, first, [url]), $hf.call($f1, $s[5], $t2 = [url], $t2.map, [async (each) => { const $f2 = $hf.enter("hf:a:cq5khqtv", $f1); return $hf.join($f2, $s[6], $hf.call($f2, $s[7], undefined, first, [each])); }])]]);
    } catch (error) { if ($hf.leaving($f1, error)) await $hf.never();
      await $hf.call($f1, $s[8], undefined, undo, [url]);
      throw error;
    } } catch ($t3) { if ($hf.leaving($f1, $t3)) await $hf.never(); throw $t3; } finally {
      $hf.call($f1, $s[9], console, console.log, ["over"]);
    }
    try { try {
      await $hf.call($f1, $s[10], undefined, first, [url]);
    } catch {
      return $hf.join($f1, $s[11], $hf.call($f1, $s[12], undefined, first, [url]));
    } } catch ($t4) { if ($hf.leaving($f1, $t4)) await $hf.never(); throw $t4; } finally {
      await $hf.call($f1, $s[13], undefined, remove, [url]);
    }
    try {
      try {
        await $hf.call($f1, $s[14], undefined, first, [url]);
      } finally {
        await $hf.call($f1, $s[15], undefined, remove, [url]);
      }
    } catch (error) {
      throw new Error("other", { cause: error });
    }
  },
});
