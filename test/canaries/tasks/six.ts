import { createHash } from "node:crypto";
import { idempotencyKey, secret, step, task } from "holdfast";

const hash = (text: string | undefined): string => createHash("sha256").update(String(text)).digest("hex");
const atTop = process.env.ROTATED;

/** Six effects in a row, each told to the ledger; each records which secrets its process had for it. */
export const six = task({
  id: "six",
  retry: { maxAttempts: 10, minTimeoutInMs: 100, maxTimeoutInMs: 1_000 },
  run: async ({ ledger, name }: { ledger: string; name: string }) => {
    const seen: string[] = [];
    let held = "";
    for (let effect = 1; effect <= 6; effect++) {
      const made = await step("effect", async () => {
        const answer = await fetch(`${ledger}/${name}/${effect}`, {
          method: "POST",
          headers: { "idempotency-key": idempotencyKey() },
        });
        if (answer.status !== 204) throw new Error(`The ledger answered ${answer.status}.`);
        return { sees: [secret("ROTATED"), process.env.ROTATED, atTop].map(hash), value: secret("ROTATED") };
      });
      seen.push(...made.sees, hash(made.value));
      held = made.value;
    }
    // Of this pass, and of all that came before it.
    return {
      sees: [...new Set([...seen, ...[secret("ROTATED"), process.env.ROTATED, atTop, held].map(hash)])],
    };
  },
});
