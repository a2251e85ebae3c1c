import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/refused-places.ts", [["9xv3ba6i","a.load",4,"ae"], ["re9vw1pv","make",6,""], ["a73mtd7d","make().load",6,""], ["kzc52jrh","make",9,""], ["l36y4rjx","make().load",10,"ae"], ["k06oublw","make",10,""], ["hs7dauag","make",11,""], ["8n18g6vy","make().load",11,""]]);
let $t1, $t2, $t4, $t5;
export async function run(a: Service, make: () => Service) { const $f1 = $hf.enter("hf:a:48zxqzhi", null); let $t3;
  class Limits {
    static {
      await $hf.call($f1, $s[0], a, a.load, []);
    }
    field = (($t1 = ($t2 = $hf.call($hf.peek($f1), $s[1], undefined, make, [])).load) == null ? void 0 : $hf.call($hf.peek($f1), $s[2], $t2, $t1, []));
  }
  delete a?.items().first;
  delete ($hf.call($f1, $s[3], undefined, make, [], [["items"]])).first;
  await $hf.call($f1, $s[4], $t3 = ($hf.call($f1, $s[5], undefined, make, [])?.load), $t3, [1]);
  const inner = (x = (($t4 = ($t5 = $hf.call($hf.peek($f1), $s[6], undefined, make, [])).load) == null ? void 0 : $hf.call($hf.peek($f1), $s[7], $t5, $t4, [1]))) => { const $f2 = $hf.enter("hf:c:c6yqypdp", $f1); return x; };
  return [Limits, inner];
}
