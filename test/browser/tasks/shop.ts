/** Runs in the states that the page has to show: failing, waiting, parallel, resumed. The shop is a server of the test's. */
import { logger, task, wait } from "holdfast";

const shop = process.env.SHOP_URL ?? "http://127.0.0.1:4001";

async function ask(path: string): Promise<unknown> {
  const response = await fetch(`${shop}${path}`, { method: "POST" });
  if (!response.ok) throw new Error(`The shop answered ${response.status} to ${path}.`);
  return await response.json();
}

const tries = { maxAttempts: 3, minTimeoutInMs: 200, maxTimeoutInMs: 400 };

export const failing = task({
  id: "charge-card",
  description: "Takes the money for an order.",
  retry: tries,
  run: async ({ order }: { order: number }) => {
    await ask(`/reserve/${order}`);
    await ask("/cut");
    return "charged";
  },
});

export const waiting = task({
  id: "remind",
  run: async ({ hours }: { hours: number }) => {
    await ask("/greet");
    await wait.for({ seconds: 1 });
    await ask("/greet-again");
    await wait.for({ hours });
    return await ask("/remind");
  },
});

async function room(name: string): Promise<unknown> {
  await ask(`/slow/${name}`);
  return await ask(`/paint/${name}`);
}

export const square = task({
  id: "square",
  run: async (n: number) => {
    await ask("/slow/square");
    return n * n;
  },
});

export const parallel = task({
  id: "renovate",
  run: async ({ rooms }: { rooms: readonly string[] }) => {
    const plan = await ask("/plan");
    const [, area] = await Promise.all([Promise.all(rooms.map(room)), square.triggerAndWait(7).unwrap()]);
    logger.info("done", { area });
    await wait.for({ seconds: 2 });
    return { plan, rooms, area };
  },
});

export const resumed = task({
  id: "ship-order",
  retry: tries,
  run: async ({ order }: { order: string }) => {
    await ask(`/reserve/${order}`);
    const parcel = await ask("/sometimes");
    return { shipped: order, parcel };
  },
});
