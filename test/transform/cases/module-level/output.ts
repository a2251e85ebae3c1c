import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/module-level.ts", [["nn04pfaw","client.list()",5,""], ["3fvz42pq","client.list",5,"eq"], ["nzydtajc","reconnect",7,"eq"]]);
const client = new Client(process.env.KEY);
const table = await client.table("x");
for await (const row of table.rows()) console.log(row);
export default async function () { const $f1 = $hf.enter("hf:a:swvt0k7d", null);
  return $hf.join($f1, $s[0], $hf.call($f1, $s[1], client, client.list, []));
}
client.on("close", () => { const $f1 = $hf.enter("hf:u:qzm2ypk6", null); return $hf.call($f1, $s[2], undefined, reconnect, []); });
