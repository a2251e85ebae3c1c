import { AbortTaskRunError, SubtaskUnwrapError, task } from "@trigger.dev/sdk";

class InsufficientFunds extends Error {
  constructor(cents: number) {
    super(`lacks ${cents}`);
    this.name = "InsufficientFunds";
  }
}
export const pay = task({
  id: "pay",
  retry: { maxAttempts: 2, minTimeoutInMs: 10 },
  run: async (p: { cents: number }) => {
    if (p.cents > 5) throw new InsufficientFunds(p.cents);
    if (p.cents < 0) throw new AbortTaskRunError("negative");
    return "paid";
  },
});
export const buyer = task({
  id: "buyer",
  run: async () => {
    const out: string[] = [];
    try {
      await pay.triggerAndWait({ cents: 10 }).unwrap();
    } catch (e) {
      if (e instanceof SubtaskUnwrapError) out.push(`${e.taskId} ${(e.cause as Error)?.message}`);
      else out.push(`other ${e}`);
    }
    const r = await pay.triggerAndWait({ cents: -1 });
    if (!r.ok) out.push((r.error as Error).message);
    return out;
  },
});
