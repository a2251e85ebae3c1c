import { task, timeout, wait } from "@trigger.dev/sdk";
export const reminder = task({
  id: "reminder",
  ttl: "10m",
  maxDuration: timeout.None,
  run: async (payload: { when: Date }) => {
    await wait.until({ date: new Date(Date.now() + 1500) });
    return { isDate: payload.when instanceof Date };
  },
});
export const asker = task({
  id: "asker",
  run: async () => reminder.triggerAndWait({ when: new Date() }, { delay: "1s" }).unwrap(),
});
