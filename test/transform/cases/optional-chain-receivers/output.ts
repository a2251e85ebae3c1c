import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/optional-chain-receivers.ts", [["itxkxw4i","this.#send",4,"ae"], ["dxr3o985","make",5,""], ["m18dxxb2","make().run",5,"ae"], ["1p9miw3j","make().run",6,"ae"], ["auwonui3","make",6,""], ["m9q5pfop","this.run",7,"ae"]]);
class Client {
  #send: ((x: number) => Promise<void>) | undefined;
  async run(make: () => Client) { const $f1 = $hf.enter("hf:a:1lrm92ew", null); let $t1, $t2, $t3, $t4, $t5;
    await (($t1 = this.#send) == null ? void 0 : $hf.call($f1, $s[0], this, $t1, [1]));
    await (($t2 = ($t3 = $hf.call($f1, $s[1], undefined, make, [])).run) == null ? void 0 : $hf.call($f1, $s[2], $t3, $t2, [make]));
    await $hf.call($f1, $s[3], $t4 =  $hf.call($f1, $s[4], undefined, make, []), $t4.run , [make]);
    await (($t5 = (this.run)) == null ? void 0 : $hf.call($f1, $s[5], this, $t5, [make]));
  }
}
