import { queue, task } from "holdfast";

const retry = { maxAttempts: 10, minTimeoutInMs: 50, maxTimeoutInMs: 200 };
type Visit = { gate: string; name: string };
const visit = async ({ gate, name }: Visit) => {
  await fetch(`${gate}/${name}/1`, { method: "POST" });
  return name;
};

/** One visit each, of many customers: no more than 4 of one, and 6 of all. */
export const shared = task({
  id: "shared",
  queue: queue({ name: "wide", concurrency: { perKey: 4, total: 6 } }),
  retry,
  run: visit,
});

/** One visit each, no more than 20 in two seconds. */
export const paced = task({
  id: "paced",
  queue: queue({ name: "paced", rateLimit: { limit: 20, period: "2s" } }),
  retry,
  run: visit,
});
