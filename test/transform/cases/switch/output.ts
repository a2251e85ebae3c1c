import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/switch.ts", [["8xves3s7","classify",2,"ae"], ["4kj84y5d","expected",3,"ae"], ["ap8vxihk","send()",4,""], ["sxsl3pbw","send",4,"eq"], ["k59mk8p8","load",6,"ae"]]);
export async function run(kind: string) { const $f1 = $hf.enter("hf:a:l9bpii53", null);
  switch (await $hf.call($f1, $s[0], undefined, classify, [kind])) {
    case await $hf.call($f1, $s[1], undefined, expected, []):
      return $hf.join($f1, $s[2], $hf.call($f1, $s[3], undefined, send, ["a"]));
    case "b": {
      const kind = await $hf.call($f1, $s[4], undefined, load, ["b"]);
      return kind;
    }
    default:
      throw $hf.blame(new Error(kind), [[$f1, $s[0]]]);
  }
}
