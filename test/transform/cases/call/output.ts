import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/call.ts", [["df6wdyha","load",2,"ae"], ["pdxgsk3b","pricing.quote",3,"ae"], ["q6rcf4un","stripe.charges.create",4,"ae"]]);
export async function run(id: string) { const $f1 = $hf.enter("hf:a:65tmzkc2", null); let $t1;
  const order = await $hf.call($f1, $s[0], undefined, load, [id]);
  const total = await $hf.call($f1, $s[1], pricing, pricing.quote, [order, { currency: "EUR" }]);
  await $hf.call($f1, $s[2], $t1 = stripe.charges, $t1.create, [{ amount: total }]);
  return order;
}
