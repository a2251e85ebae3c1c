import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/optional-chain.ts", [["l8a7z5w5","user.profile",2,"ae"], ["h1pr7m1i","user.address.geo",3,""], ["rg12jaj1","user.hooks.onDone",4,"ae"], ["aucxkplt","load",5,"ae"], ["x5n0enkx","load().items[…].find",5,""], ["obvbbelg","pick",6,""], ["qdin0qw9","user[…]",6,""], ["huadjupi","plain",7,""], ["c2jvwc83","load().length",8,""], ["nfj8on8z","load",8,""]]);
export async function run(user?: User) { const $f1 = $hf.enter("hf:a:yn6hgvx4", null); let $t1, $t2, $t3, $t4, $t5, $t6, $t7;
  const name = await (user == null ? void 0 : $hf.call($f1, $s[0], user, user.profile, []));
  const city = (user == null ? void 0 : ($t1 = user.address) == null ? void 0 : $hf.call($f1, $s[1], $t1, $t1.geo, [], [["city"]]));
  const call = await (($t2 = ($t3 = user.hooks).onDone) == null ? void 0 : $hf.call($f1, $s[2], $t3, $t2, [name]));
  const deep = (($t4 = (await $hf.call($f1, $s[3], undefined, load, []))) == null ? void 0 : ($t5 = $t4.items[0]) == null ? void 0 : ($t6 = $hf.call($f1, $s[4], $t5, $t5.find, [(item) => item.ok])) == null ? void 0 : $t6.id);
  const key = (user == null ? void 0 : ($t7 = user[$hf.call($f1, $s[5], undefined, pick, [])]) == null ? void 0 : $hf.call($f1, $s[6], user, $t7, [1]));
  (plain == null ? void 0 : $hf.call($f1, $s[7], undefined, plain, []));
  return $hf.join($f1, $s[8], $hf.call($f1, $s[9], undefined, load, [])?.length);
}
