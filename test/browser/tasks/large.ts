/** Runs that are large: a tree of thousands of checkpoints, and hundreds of children at once. */
import { step, task, wait } from "holdfast";

const shop = process.env.SHOP_URL ?? "http://127.0.0.1:4001";

export const stock = task({
  id: "take-stock",
  run: async ({ items }: { items: number }) => {
    let sum = 0;
    for (let from = 0; from < items; from += 250) {
      const going: Promise<number>[] = [];
      for (let item = from; item < Math.min(from + 250, items); item++)
        going.push(step(`weigh-${item}`, async () => item));
      sum += (await Promise.all(going)).length;
    }
    return sum;
  },
});

/** One of many: it waits until somebody cancels it. */
export const guest = task({
  id: "guest",
  run: async ({ name }: { name: string }) => {
    await wait.for({ hours: 5 });
    return name;
  },
});

export const party = task({
  id: "party",
  run: async ({ guests }: { guests: number }) =>
    (
      await Promise.all(
        Array.from({ length: guests }, (_, each) => guest.triggerAndWait({ name: `guest ${each}` }).unwrap()),
      )
    ).length,
});

/** The first request of `/hold` is never answered: whoever sends it can be killed meanwhile. */
export const held = task({
  id: "held",
  run: async ({ order }: { order: number }) => {
    await fetch(`${shop}/reserve/${order}`, { method: "POST" }).then((response) => response.text());
    return await fetch(`${shop}/hold`, { method: "POST" }).then((response) => response.text());
  },
});

export const listed = task({ id: "listed", run: async () => "never" });
