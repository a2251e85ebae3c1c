import * as $hf from "holdfast/runtime";
const $s = $hf.sites("tasks/hooks.ts", [["6jkyre3y","fetch",5,"aeq"], ["f85oca67","fetch",11,"aeq"], ["j2gruplp","tell",14,"aeq"], ["q0blhemz","fetch()",18,""], ["b6o9pujw","fetch",18,"eq"], ["he0atmzx","tell",25,"eq"], ["nldua5cx","tell",28,"aeq"]]);
import { schemaTask, task } from "holdfast";
import { tell } from "./tell";

async function failed({ error }: { error: unknown }) { const $f1 = $hf.enter("hf:a:gy5ou9ye", null);
  await $hf.call($f1, $s[0], undefined, fetch, [`https://pager.example?why=${error}`]);
}

export const order = task({
  id: "order",
  onStart: async ({ ctx }) => { const $f1 = $hf.enter("hf:a:215ayqx6", null);
    await $hf.call($f1, $s[1], undefined, fetch, [`https://log.example/${ctx.run.id}`]);
  },
  async onSuccess({ output }) { const $f1 = $hf.enter("hf:a:qi9ewkvo", null);
    await $hf.call($f1, $s[2], undefined, tell, [output]);
  },
  onFailure: failed,
  onComplete: tell,
  run: async (payload: number) => { const $f1 = $hf.enter("hf:a:0x7oe13k", null); return $hf.join($f1, $s[3], $hf.call($f1, $s[4], undefined, fetch, [`https://shop.example/${payload}`])); },
});

export const checked = schemaTask({
  id: "checked",
  schema: (value: unknown) => String(value),
  onCancel: function () { const $f1 = $hf.enter("hf::2p4dbocj", null);
    return $hf.call($f1, $s[5], undefined, tell, ["canceled"]);
  },
  run: async (text) => { const $f1 = $hf.enter("hf:a:qdlpo1f2", null);
    await $hf.call($f1, $s[6], undefined, tell, [text]);
  },
});
