import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/blame-then.ts", [["j6kglo34","fetch().then().then()",2,""], ["i73n4fa4","fetch().then().then",5,"eq"], ["ses1qu3x","fetch().then",2,""], ["g21m6u1g","fetch",2,""], ["mt4iiwwy","response.json",4,"eq"]]);
export async function run(url: string) { const $f1 = $hf.enter("hf:a:lv7bwrh1", null); let $t1, $t2;
  return $hf.join($f1, $s[0], $hf.call($f1, $s[1], $t1 = $hf.call($f1, $s[2], $t2 = $hf.call($f1, $s[3], undefined, fetch, [url]), $t2.then, [(response) => { const $f2 = $hf.enter("hf::3skuttdf", $f1);
    if (!response.ok) throw $hf.blame(new Error("not ok"), [[$f1, $s[3]]]);
    return $hf.call($f2, $s[4], response, response.json, []);
  }]), $t1.then, [({ items }) => { const $f2 = $hf.enter("hf::5tjtau2j", $f1);
    while (items.length === 0) throw $hf.blame(new Error("nothing"), [[$f1, $s[3]], [$f1, $s[2]]]);
    return items;
  }]));
}
