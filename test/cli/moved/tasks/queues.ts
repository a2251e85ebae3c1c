import { queue, queues, task } from "@trigger.dev/sdk";
export const q = queue({ name: "my-queue", concurrencyLimit: 1 });
export const queued = task({ id: "queued", queue: q, run: async (p: { n: number }) => p.n });
export const spread = task({
  id: "spread",
  run: async () => {
    const handle = await queued.batchTrigger(
      [1, 2, 3].map((n) => ({
        payload: { n },
        options: { concurrencyKey: `k${n % 2}`, priority: n, ttl: "1h", delay: "1s" },
      })),
    );
    await queues.pause("my-queue");
    await queues.resume("my-queue");
    const info = await queues.retrieve({ type: "custom", name: "my-queue" });
    return { n: handle.runCount, name: info.name, paused: info.paused };
  },
});
