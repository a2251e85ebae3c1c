import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/using.ts", [["mfpswzor","take",2,""], ["umds3rik","lock.dispose",2,""], ["0msjwyrr","open",3,"ae"], ["p23jrvag","file.asyncDispose",3,"a"], ["5vmb4lfw","open",3,"ae"], ["5tymniut","copy.asyncDispose",3,"a"], ["su12a6qf","file.write",4,"ae"], ["3zh5f34a","each.asyncDispose",5,"a"], ["8ojzicwy","each.read",6,"ae"], ["y1ir3ztm","log",8,""], ["bxg4wmj6","open",10,"ae"], ["bmtuolb4","quiet.asyncDispose",10,"a"], ["i2a00lqv","open",13,"a"], ["ceybv9bv","kept.asyncDispose",13,"a"], ["9lvdu8fx","kept.write",14,"a"]]);
export async function run(path: string) { const $f1 = $hf.enter("hf:a:6oylf3e1", null);
  const lock = $hf.call($f1, $s[0], undefined, take, [path]); using $t1 = $hf.disposal($f1, $s[1], lock, false);; try {
  const file = await $hf.call($f1, $s[2], undefined, open, [path]); await using $t3 = $hf.disposal($f1, $s[3], file, true); const copy = await $hf.call($f1, $s[4], undefined, open, [path + "2"]); await using $t4 = $hf.disposal($f1, $s[5], copy, true);; try {
  await $hf.call($f1, $s[6], file, file.write, ["x"]);
  for (const each of files) { await using $t6 = $hf.disposal($f1, $s[7], each, true);
    await $hf.call($f1, $s[8], each, each.read, []);
  }
  for (using each of files) $hf.call($f1, $s[9], undefined, log, [each]);
  {
    const quiet = await $hf.call($f1, $s[10], undefined, open, ["y"]); await using $t7 = $hf.disposal($f1, $s[11], quiet, true);;
  }
  try {
    const kept = await $hf.call($f1, $s[12], undefined, open, ["z"]); await using $t8 = $hf.disposal($f1, $s[13], kept, true);;
    await $hf.call($f1, $s[14], kept, kept.write, ["z"]);
    function helper() {}
  } catch {}
  for (using x = take("a"); ; ) break;
} catch ($t5) { if ($hf.leaving($f1, $t5)) await $hf.never(); throw $t5; } } catch ($t2) { if ($hf.leaving($f1, $t2)) await $hf.never(); throw $t2; } }
await using top = await open("top");
