import { idempotencyKey as key, task } from "holdfast";
import * as hf from "holdfast";
export const pay = task({
  id: "pay",
  run: async (amount: number) => {
    await stripe.charges.create({ amount }, { idempotencyKey: key() });
    await fetch("https://x", { headers: withAuth({ key: hf.idempotencyKey() }) });
    const started = send(hash(key()));
    await Promise.all([send({ key: key() }), send(key().slice(0, 8))]);
    return started;
  },
});
