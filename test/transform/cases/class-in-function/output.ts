import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/class-in-function.ts", [["i4ux5ugm","load",3,""], ["feq9dsz3","load",4,""], ["xzb65ycg","key",5,""], ["i5nvyhf7","load",7,"eq"]]);
export function build(name: string) { const $f1 = $hf.enter("hf::dvj5hrgy", null);
  return class {
    field = $hf.call($hf.peek($f1), $s[0], undefined, load, [name]);
    static shared = $hf.call($f1, $s[1], undefined, load, ["shared"]);
    [$hf.call($f1, $s[2], undefined, key, [name])] = 1;
    method() { const $f2 = $hf.enter("hf:c:5gguct2n", $f1);
      return $hf.call($f2, $s[3], undefined, load, [name]);
    }
  };
}
