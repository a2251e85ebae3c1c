import { idempotencyKey, step, task, wait } from "holdfast";

type Told = { readonly ledger: string; readonly name: string };

const tell = (url: string): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "idempotency-key": idempotencyKey() } });

/** Ten effects in a row. */
export const ten = task({
  id: "ten",
  run: async ({ ledger, name }: Told) => {
    for (let effect = 1; effect <= 10; effect++) await tell(`${ledger}/${name}/${effect}`);
    return "done";
  },
});

/** One effect, a wait, another effect. */
export const rests = task({
  id: "rests",
  run: async ({ ledger, name, seconds }: Told & { readonly seconds: number }) => {
    await tell(`${ledger}/${name}/1`);
    await wait.for({ seconds });
    await tell(`${ledger}/${name}/2`);
    return "done";
  },
});

/** A result that does not get small: it is kept in the bucket. */
export const large = task({
  id: "large",
  run: async ({ ledger, name }: Told) => {
    const page = await step("page", async () => {
      await tell(`${ledger}/${name}/1`);
      return Array.from({ length: 5_000 }, () => Math.random().toString(36)).join();
    });
    await wait.for({ seconds: 2 });
    await tell(`${ledger}/${name}/2`);
    return page.length;
  },
});

/** An await that lasts longer than a lease. */
export const slow = task({
  id: "slow",
  run: async ({ seconds }: { readonly seconds: number }) => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return "done";
  },
});

/** Starts another run and waits for its end. */
export const parent = task({
  id: "parent",
  run: async (told: Told) => {
    const { ok } = await ten.triggerAndWait(told);
    return ok;
  },
});

/** Fails at once and for good. */
export const fails = task({
  id: "fails",
  retry: { maxAttempts: 1 },
  run: async ({ ledger, name }: Told) => {
    await tell(`${ledger}/${name}/1`);
    throw new Error("It is no use.");
  },
});
