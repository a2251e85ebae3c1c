import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/this-and-arguments.ts", [["xqvmeg5i","this.load",2,"eq"], ["vfyopwoi","self.call",3,"eq"]]);
export function run() { const $f1 = $hf.enter("hf::9krot9x1", null);
  const self = () => { const $f2 = $hf.enter("hf:uc:86l5aluq", $f1); return $hf.call($f2, $s[0], this, this.load, [arguments.length]); };
  return $hf.call($f1, $s[1], self, self.call, [this]);
}
