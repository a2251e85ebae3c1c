import * as $hf from "holdfast/runtime";
import { task } from "holdfast";
import { report } from "some-package";

const logged = (fn: () => Promise<void>) => fn;

export const order = task({
  id: "order",
  onFailure: report,
  onComplete: logged(async () => { const $f1 = $hf.enter("hf:a:1a02m52x", null);}),
  onCancel: undefined,
  run: async () => { const $f1 = $hf.enter("hf:a:sfqoyxio", null);},
});
