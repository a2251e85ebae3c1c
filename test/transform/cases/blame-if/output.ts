import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/blame-if.ts", [["dwj3re8v","fetch",2,"ae"], ["4ydzblk3","response.json",4,"ae"], ["vd1gmpyd","log",6,""]]);
export async function run(url: string) { const $f1 = $hf.enter("hf:a:58aeskhe", null);
  const response = await $hf.call($f1, $s[0], undefined, fetch, [url]);
  if (!response.ok) throw $hf.blame(new Error(`status ${response.status}`), [[$f1, $s[0]]]);
  const body = await $hf.call($f1, $s[1], response, response.json, []);
  if (body.error) {
    $hf.call($f1, $s[2], undefined, log, ["bad"]);
    throw $hf.blame(body.error, [[$f1, $s[1]], [$f1, $s[0]]]);
  }
  if (url === "") throw new Error("no url");
  return body;
}
