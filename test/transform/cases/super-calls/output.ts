import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/super-calls.ts", [["3a4d80bh","make",3,""], ["hjhs49ja","super.save",6,"ae"], ["s4ot8c0n","super.load",7,"ae"], ["7iypvhw6","super.save",8,"eq"]]);
export class Sub extends Base {
  constructor() { const $f1 = $hf.enter("hf::se2qswpv", null);
    super($hf.call($f1, $s[0], undefined, make, []));
  }
  async save(x: number) { const $f1 = $hf.enter("hf:a:m565ln9l", null); let $t1;
    await $hf.call($f1, $s[1], this, super.save, [x]);
    await (($t1 = super["load"]) == null ? void 0 : $hf.call($f1, $s[2], this, $t1, [x]));
    return () => { const $f2 = $hf.enter("hf:uc:ux67qig6", $f1); return $hf.call($f2, $s[3], this, super.save, [x]); };
  }
}
