import { concurrencyLimit, idempotencyKey, queue, task, wait } from "holdfast";

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

const machine = concurrencyLimit({ name: "machine", total: 2 });

/** A visit to a gate of its own, and one to a gate that others visit, too. */
export const doubly = task({
  id: "doubly",
  concurrency: [{ total: 3 }, machine],
  retry: { maxAttempts: 10, minTimeoutInMs: 50, maxTimeoutInMs: 200 },
  run: async ({ gate, other, name }: { gate: string; other: string; name: string }) => {
    await Promise.all([gate, other].map((url) => fetch(`${url}/${name}/1`, { method: "POST" })));
    await wait.for({ seconds: 1 });
    await Promise.all([gate, other].map((url) => fetch(`${url}/${name}/2`, { method: "POST" })));
    return name;
  },
});

/** Under the shared limit alone. */
export const singly = task({
  id: "singly",
  concurrency: machine,
  retry: { maxAttempts: 10, minTimeoutInMs: 50, maxTimeoutInMs: 200 },
  run: async ({ other, name }: { other: string; name: string }) => {
    await fetch(`${other}/${name}/1`, { method: "POST" });
    return name;
  },
});
