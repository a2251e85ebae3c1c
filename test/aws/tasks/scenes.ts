import { idempotencyKey, logger, queues, runs, schedules, step, task, wait } from "holdfast";

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

/** Says something. */
export const says = task({
  id: "says",
  run: async ({ text }: { readonly text: string }) => logger.info(text),
});

/** Where it runs. */
export const whereabouts = task({
  id: "whereabouts",
  run: async (_: unknown, { ctx }) => [ctx.environment.slug, ctx.environment.type, ctx.project.slug],
});

/** One at a time. */
export const limited = task({
  id: "limited",
  queue: { concurrencyLimit: 1 },
  run: async ({ ledger, name }: Told) => {
    await tell(`${ledger}/${name}/1`);
    // Long enough for the others to find the queue full.
    await step("work", () => new Promise<void>((resolve) => setTimeout(resolve, 1_500)));
    await tell(`${ledger}/${name}/2`);
    return "done";
  },
});

/** Waits for somebody outside. */
export const approval = task({
  id: "approval",
  run: async ({ name }: Told) => {
    const token = await wait.createToken({ timeout: "10m", tags: name });
    return [token.url, await wait.forToken<string>(token).unwrap()];
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

const chaff = (length: number): string =>
  Array.from({ length: length / 10 }, () => Math.random().toString(36).slice(2, 12).padEnd(10, "x")).join("");

/** A result that does not get small, before a wait: with a large payload and output, three values in the bucket. */
export const large = task({
  id: "large",
  run: async ({ ledger, name, text }: Told & { readonly text: string }) => {
    const page = await step("page", async () => {
      await tell(`${ledger}/${name}/1`);
      return chaff(50_000);
    });
    await wait.for({ seconds: 2 });
    await tell(`${ledger}/${name}/2`);
    return `${text.length}, ${page.length}: ${page}`;
  },
});

/** Nothing but an output of this length. */
export const prints = task({
  id: "prints",
  run: async ({ length }: { readonly length: number }) => "x".repeat(length),
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

/** Fails behind a result that does not get small. */
export const falters = task({
  id: "falters",
  retry: { maxAttempts: 1 },
  run: async (_: { readonly text?: string }) => {
    const page = await step("page", async () => chaff(50_000));
    throw new Error(`It falters behind ${page.length} letters.`);
  },
});

/** Looks at other runs and ends them, as a caller would, without any key. */
export const overseer = task({
  id: "overseer",
  run: async (told: Told) => {
    const watched = await rests.trigger({ ...told, seconds: 600 }, { tags: told.name });
    const list = await runs.list({ tag: told.name });
    await runs.cancel(watched.id);
    const { status } = await runs.poll(watched.id);
    const { id } = await runs.replay(watched.id, { payload: { ...told, seconds: 1 } });
    const again = await runs.poll<typeof rests>(id);
    const paused = await queues.pause({ type: "task", name: "limited" });
    await queues.resume({ type: "task", name: "limited" });
    const { data } = await schedules.list();
    const missing = await runs.retrieve("run_nowhere").catch((error: Error) => error.name);
    return [
      list.data.some((run) => run.id === watched.id),
      status,
      again.output,
      paused.paused,
      data,
      missing,
    ];
  },
});
