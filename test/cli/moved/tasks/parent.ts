import { batch, runs, task, tasks } from "@trigger.dev/sdk";
import { emailSequence } from "./email-sequence.js";
import type { createUser } from "./schema.js";
export const child = task({
  id: "child",
  run: async (payload: { n: number }) => {
    if (payload.n === 3) throw new Error("three");
    return { doubled: payload.n * 2 };
  },
  retry: { maxAttempts: 1 },
});
export const parent = task({
  id: "parent",
  run: async (payload: { numbers: number[] }) => {
    const one = await child.triggerAndWait({ n: 1 });
    if (!one.ok) throw one.error;
    const two = await child.triggerAndWait({ n: 2 }).unwrap();
    const results = await child.batchTriggerAndWait(payload.numbers.map((n) => ({ payload: { n } })));
    const oks = results.runs.filter((r) => r.ok).map((r) => (r.ok ? r.output.doubled : 0));
    const failed = results.runs
      .filter((r) => !r.ok)
      .map((r) => (!r.ok ? String((r.error as Error).message ?? r.error) : ""));
    const mixed = await batch.triggerByTaskAndWait([
      { task: child, payload: { n: 10 } },
      { task: emailSequence, payload: { userId: "1", email: "a@b.c", name: "A" } },
    ]);
    const [a, b] = mixed.runs;
    const user = await tasks.triggerAndWait<typeof createUser>("create-user", { name: "bob", age: 4 });
    const handle = await child.trigger({ n: 5 }, { tags: ["x"], idempotencyKey: "five" });
    const seen = await runs.poll(handle, { pollIntervalMs: 100 });
    return {
      one: one.output,
      two,
      oks,
      failed,
      a: a.ok && a.output.doubled,
      b: b.ok && b.output.second.id,
      user: user.ok && user.output.name,
      seen: seen.status,
      out: seen.output,
    };
  },
});
