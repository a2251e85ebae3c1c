import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/lost-methods.ts", [["z72n4hft","ky",7,""], ["3p7joz5j","got.post",8,""], ["0bmu192v","shop.get",9,""], ["1y6p02n5","setTimeout",10,""], ["rqo8ie0l","two.cancel",10,"eq"], ["mkibluue","one.json",11,"ae"], ["fgg98mk3","three.text",11,"aeq"], ["491n1ri6","ky",14,"ae"], ["6fbmfpow","ky",15,""], ["lp8555v8","started.then",16,""], ["0bycgjcc","answer.json",16,"eq"], ["kk2hw7dh","got.stream",17,""], ["3ez3eo72","stream.resume",18,""], ["133n6aws","step",19,"ae"], ["yu6pi8v0","got",20,""], ["eya848rw","inside.json()",21,""], ["hx9xa6eq","inside.json",21,"eq"], ["s5wsbj12","response.json",23,"ae"], ["1412x4m7","ky().json",23,"a"], ["zub8bdgr","later",23,""], ["4l2fm4ri","started.text",23,"aeq"], ["2ipvchh3","started",23,""]]);
import got from "got";
import { step } from "holdfast";
import ky from "ky";
const api = ky.create({ prefixUrl: "https://api.example.com" }).extend({ retry: 0 });
const shop = api.extend({ timeout: 1000 });
export async function refused(url: string) { const $f1 = $hf.enter("hf:a:bmz0ntej", null);
  const one = $hf.call($f1, $s[0], undefined, ky, [url]);
  const two = $hf.call($f1, $s[1], got, got.post, [url, { json: {} }]);
  const three = $hf.call($f1, $s[2], shop, shop.get, ["orders"]);
  $hf.call($f1, $s[3], undefined, setTimeout, [() => { const $f2 = $hf.enter("hf:uc:bemywpbx", $f1); return $hf.call($f2, $s[4], two, two.cancel, []); }, 1000]);
  return [await $hf.call($f1, $s[5], one, one.json, []), await $hf.call($f1, $s[6], three, three.text, [])];
}
export async function allowed(url: string) { const $f1 = $hf.enter("hf:a:c9aahsg5", null); let $t1;
  const response = await $hf.call($f1, $s[7], undefined, ky, [url]);
  const started = $hf.call($f1, $s[8], undefined, ky, [url]);
  const later = $hf.call($f1, $s[9], started, started.then, [(answer) => { const $f2 = $hf.enter("hf:u:mee1za7u", $f1); return $hf.call($f2, $s[10], answer, answer.json, []); }]);
  const stream = $hf.call($f1, $s[11], got, got.stream, [url]);
  $hf.call($f1, $s[12], stream, stream.resume, []);
  await $hf.call($f1, $s[13], undefined, step, ["get", async () => { const $f2 = $hf.enter("hf:a:22afseg1", $f1);
    const inside = $hf.call($f2, $s[14], undefined, got, [url]);
    return $hf.join($f2, $s[15], $hf.call($f2, $s[16], inside, inside.json, []));
  }]);
  return [await $hf.call($f1, $s[17], response, response.json, []), await $hf.call($f1, $s[18], undefined, ky, [url], [["json", []]]), await $hf.join($f1, $s[19], later), await $hf.call($f1, $s[20], $t1 = (await $hf.join($f1, $s[21], started)), $t1.text, [])];
}
