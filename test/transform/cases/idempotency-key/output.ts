import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/idempotency-key.ts", [["o669cxmu","stripe.charges.create",6,"ae"], ["0suan5do","fetch",7,"ae"], ["vt0y4obe","withAuth",7,""], ["xmg252hs","send",8,""], ["6qpc8nf9","hash",8,""], ["pxp02nea","Promise.all",9,"ae"], ["rbj0pr38","send",9,"ae"], ["0kzyn3z1","send",9,"ae"], ["owzyil6f","key().slice",9,""], ["aprl6gp0","started",10,""]]);
import { idempotencyKey as key, task } from "holdfast";
import * as hf from "holdfast";
export const pay = task({
  id: "pay",
  run: async (amount: number) => { const $f1 = $hf.enter("hf:a:wv1hkbgt", null); let $t1, $t2;
    await $hf.call($f1, $s[0], $t1 = stripe.charges, $t1.create, [{ amount }, { idempotencyKey: $hf.key($f1, $s[0]) }]);
    await $hf.call($f1, $s[1], undefined, fetch, ["https://x", { headers: $hf.call($f1, $s[2], undefined, withAuth, [{ key: $hf.key($f1, $s[1]) }]) }]);
    const started = $hf.call($f1, $s[3], undefined, send, [$hf.call($f1, $s[4], undefined, hash, [$hf.key($f1, $s[3])])]);
    await $hf.call($f1, $s[5], Promise, Promise.all, [[$hf.call($f1, $s[6], undefined, send, [{ key: $hf.key($f1, $s[6]) }]), $hf.call($f1, $s[7], undefined, send, [$hf.call($f1, $s[8], $t2 = $hf.key($f1, $s[7]), $t2.slice, [0, 8])])]]);
    return $hf.join($f1, $s[9], started);
  },
});
