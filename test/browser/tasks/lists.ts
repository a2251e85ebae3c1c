/** What the lists of the page show besides runs: a queue, schedules and tokens. */
import { metadata, queue, schedules, task, wait } from "holdfast";

const mails = queue({ name: "mails", concurrencyLimit: 2, rateLimit: { limit: 100, period: "1h" } });

export const mail = task({
  id: "send-mail",
  queue: mails,
  jsonSchema: { type: "object", properties: { to: { type: "string", examples: ["ann@example.com"] } } },
  run: async ({ to }: { to: string }) => {
    await wait.for({ seconds: 1 });
    return to;
  },
});

/** At New Year, so that no test meets it. */
export const report = schedules.task({
  id: "report",
  cron: { pattern: "0 0 1 1 *", timezone: "Europe/Berlin" },
  run: async ({ timestamp }) => timestamp,
});

export const approval = task({
  id: "approval",
  run: async () => {
    const token = await wait.createToken({ timeout: "1d", tags: ["order_7"] });
    return await wait.forToken<{ approved: boolean }>(token).unwrap();
  },
});

/** Notes what it is at, for whoever looks. */
export const noting = task({
  id: "noting",
  run: async (step: string) => {
    metadata.set("step", step);
    return step;
  },
});
