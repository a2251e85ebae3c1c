import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/by-hand.ts", [["uy7kttfh","api.charge",2,"e"], ["nvydj1ek","new Promise",4,""], ["g257hm9u","new Promise",4,""], ["01bd0aqv","api.charge",4,"e"], ["pkrgtoro","new Promise",5,""], ["qp41fz0s","new Promise",5,""], ["nyfpmjvm","api.charge",6,""], ["javej4ig","reject",6,""], ["uv16k1r7","resolve",6,""], ["okcbnvzj","new Promise",8,""], ["cf0j7oog","new Promise",8,""], ["vi33gwch","setTimeout",8,"e"], ["6htv9vkh","new Promise",9,""], ["3tw1q5kb","new Promise",9,""], ["j2tozgi5","stream.on().on",9,""], ["2s3ku4l3","new Promise",10,""], ["9nbqtjjb","new Promise",10,""], ["n2rastfc","done",10,"e"], ["a8idviaj","api.price",10,""], ["d34lw9wv","step",11,"ae"], ["76s7iotl","new Promise",11,""], ["qpztvere","api.charge",11,"e"], ["mf4tdw88","outside",12,""]]);
import { step } from "holdfast";
const outside = new Promise((done) => { const $f1 = $hf.enter("hf:u:7exnl3ti", null); return $hf.call($f1, $s[0], api, api.charge, [1, done]); });
export async function run(client: Client, stream: Stream) { const $f1 = $hf.enter("hf:a:1iwuk1xm", null);
  await $hf.join($f1, $s[1], $hf.construct($f1, $s[2], Promise, [(done) => { const $f2 = $hf.enter("hf:u:gsp3xpc6", $f1); return $hf.call($f2, $s[3], api, api.charge, [2, done]); }]));
  await $hf.join($f1, $s[4], $hf.construct($f1, $s[5], Promise, [(resolve, reject) => { const $f2 = $hf.enter("hf::eq0bphe7", $f1);
    $hf.call($f2, $s[6], api, api.charge, [3, (error) => { const $f3 = $hf.enter("hf::ju5qy6a4", $f2); return (error ? $hf.call($f3, $s[7], undefined, reject, [error]) : $hf.call($f3, $s[8], undefined, resolve, [])); }]);
  }]));
  await $hf.join($f1, $s[9], $hf.construct($f1, $s[10], Promise, [(done) => { const $f2 = $hf.enter("hf:u:a3vqd9vg", $f1); return $hf.call($f2, $s[11], undefined, setTimeout, [done, 10]); }]));
  await $hf.join($f1, $s[12], $hf.construct($f1, $s[13], Promise, [(done, failed) => { const $f2 = $hf.enter("hf:uc:1lhvqjve", $f1); return $hf.call($f2, $s[14], stream, stream.on, ["end", done], [["on", ["error", failed]]]); }]));
  await $hf.join($f1, $s[15], $hf.construct($f1, $s[16], Promise, [(done) => { const $f2 = $hf.enter("hf:u:v3axfevb", $f1); return $hf.call($f2, $s[17], undefined, done, [$hf.call($f2, $s[18], api, api.price, [4])]); }]));
  await $hf.call($f1, $s[19], undefined, step, ["charge", () => { const $f2 = $hf.enter("hf::tvnhnzai", $f1); return $hf.construct($f2, $s[20], Promise, [(done) => { const $f3 = $hf.enter("hf:u:bysr1fxx", $f2); return $hf.call($f3, $s[21], api, api.charge, [5, done]); }]); }]);
  return $hf.join($f1, $s[22], outside);
}
