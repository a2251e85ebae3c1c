import { idempotencyKey, task } from "holdfast";

/** Ten effects in a row, each told to the ledger. */
export const ten = task({
  id: "ten",
  retry: { maxAttempts: 10, minTimeoutInMs: 100, maxTimeoutInMs: 1_000 },
  run: async ({ ledger, name }: { ledger: string; name: string }) => {
    let done = 0;
    for (let effect = 1; effect <= 10; effect++) {
      const answer = await fetch(`${ledger}/${name}/${effect}`, {
        method: "POST",
        headers: { "idempotency-key": idempotencyKey() },
      });
      if (answer.status === 204) done += 1;
    }
    return done;
  },
});
