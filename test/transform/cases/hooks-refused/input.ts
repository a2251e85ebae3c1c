import { task } from "holdfast";
import { report } from "some-package";

const logged = (fn: () => Promise<void>) => fn;

export const order = task({
  id: "order",
  onFailure: report,
  onComplete: logged(async () => {}),
  onCancel: undefined,
  run: async () => {},
});
