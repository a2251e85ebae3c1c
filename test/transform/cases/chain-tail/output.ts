import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/chain-tail.ts", [["lrqwphaf","fetch().json",3,"a"], ["qorck8g0","db.select().from().limit",4,"a"], ["ekuojnwz","supabase.from().select().eq().single",5,"a"], ["brm0sjzg","client.list",6,""], ["e1jazju4","factory()()",7,""]]);
import { users } from "./schema";
export async function run(payload: { id: string }) { const $f1 = $hf.enter("hf:a:dv6c8dd1", null);
  const body = await $hf.call($f1, $s[0], undefined, fetch, ["https://example.com"], [["json", []]]);
  const rows = await $hf.call($f1, $s[1], db, db.select, [], [["from", [users]], ["limit", [10]]]);
  const one = await $hf.call($f1, $s[2], supabase, supabase.from, ["users"], [["select", ["*"]], ["eq", ["id", payload.id]], ["single", []]]);
  const items = $hf.call($f1, $s[3], client, client.list, [{ limit: 3 }], [["data"], ["items"], [0], ["name"]]);
  const built = $hf.call($f1, $s[4], undefined, factory, [], [[undefined, ["x"]], [undefined, [() => payload]]]);
  return [body, rows, one, items, built];
}
