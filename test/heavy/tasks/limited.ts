import { idempotencyKey, queue, task } from "holdfast";

const narrow = queue({ name: "narrow", concurrencyLimit: 3 });

/** Three visits to a gate that knows who is there. */
export const limited = task({
  id: "limited",
  queue: narrow,
  retry: { maxAttempts: 10, minTimeoutInMs: 50, maxTimeoutInMs: 200 },
  run: async ({ gate, name }: { gate: string; name: string }) => {
    for (const visit of [1, 2, 3])
      await fetch(`${gate}/${name}/${visit}`, { method: "POST", headers: { key: idempotencyKey() } });
    return name;
  },
});
