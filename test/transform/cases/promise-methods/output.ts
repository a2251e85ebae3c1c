import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/promise-methods.ts", [["ms37b2tw","fetch().then",2,"ae"], ["ok6u1obq","fetch",2,""], ["y7vfx98a","response.text",2,"eq"], ["qggiugji","save().catch",3,""], ["gecic20g","save",3,""], ["nape851t","fetch().then().then().finally()",4,""], ["c56fkbj1","fetch().then().then().finally",7,"eq"], ["al373d2l","fetch().then().then",6,""], ["k4frwvbg","fetch().then",5,""], ["ys4tkh8e","fetch",4,""], ["6o58j1ya","response.json",5,"eq"], ["rkm2nudf","done",7,"eq"]]);
export async function run(url: string) { const $f1 = $hf.enter("hf:a:6mw1b9al", null); let $t1, $t2, $t3, $t4, $t5;
  const text = await $hf.call($f1, $s[0], $t1 = $hf.call($f1, $s[1], undefined, fetch, [url]), $t1.then, [(response) => { const $f2 = $hf.enter("hf:u:4mbad9um", $f1); return $hf.call($f2, $s[2], response, response.text, []); }]);
  $hf.call($f1, $s[3], $t2 = $hf.call($f1, $s[4], undefined, save, [text]), $t2.catch, [() => undefined]);
  return $hf.join($f1, $s[5], $hf.call($f1, $s[6], $t3 = $hf.call($f1, $s[7], $t4 = $hf.call($f1, $s[8], $t5 = $hf.call($f1, $s[9], undefined, fetch, [url]), $t5
    .then, [(response) => { const $f2 = $hf.enter("hf:u:cvmkz77g", $f1); return $hf.call($f2, $s[10], response, response.json, []); }]), $t4
    .then, [(body) => body.items]), $t3
    .finally, [() => { const $f2 = $hf.enter("hf:u:2xbgvjta", $f1); return $hf.call($f2, $s[11], undefined, done, []); }]));
}
