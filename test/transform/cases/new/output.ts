import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/new.ts", [["i5gtmmej","new Client",2,""], ["uuivyy3g","read",2,""], ["cxk9en43","new Client",3,""], ["irvi1h6w","new ns.Client",4,""], ["fudwl26g","new Date",5,""], ["kag9fyw7","new Query.run",9,"aeq"], ["ul53a42p","new Query",9,""]]);
export async function run() { const $f1 = $hf.enter("hf:a:owpaw1ex", null); let $t1;
  const client = $hf.construct($f1, $s[0], Client, [{ key: $hf.call($f1, $s[1], undefined, read, []) }]);
  const bare = $hf.construct($f1, $s[2], Client, []);
  const typed = $hf.construct($f1, $s[3], ns.Client, ["x"]);
  const now = $hf.construct($f1, $s[4], Date, []);
  const then = new Date(0);
  const map = new Map<string, number>();
  const error = new Error("x");
  return [client, bare, typed, now, then, map, error, await $hf.call($f1, $s[5], $t1 = $hf.construct($f1, $s[6], Query, []), $t1.run, [])];
}
