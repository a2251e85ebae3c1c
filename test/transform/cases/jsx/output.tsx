import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/jsx.tsx", [["rhv8rvoh","render",2,""], ["f5szwzu7","load",2,"ae"], ["dbh3rxli","send",2,"eq"], ["5pn9757m","props",2,""], ["fqyiyq9p","list",2,""], ["vvfnjjoe","list().map",2,""], ["k0z3dqgu","html",3,""]]);
export async function run(user: User) { const $f1 = $hf.enter("hf:a:q1g84a9a", null); let $t1;
  const html = $hf.call($f1, $s[0], undefined, render, [<Mail name={await $hf.call($f1, $s[1], undefined, load, [user.id])} onClick={() => { const $f2 = $hf.enter("hf:uc:ofprs7vl", $f1); return $hf.call($f2, $s[2], undefined, send, [user]); }} {...$hf.call($f1, $s[3], undefined, props, [user])}>{(($t1 = $hf.call($f1, $s[4], undefined, list, [user])) == null ? void 0 : $hf.call($f1, $s[5], $t1, $t1.map, [(x) => <li key={x}>{x}</li>]))}</Mail>]);
  return await $hf.join($f1, $s[6], html);
}
