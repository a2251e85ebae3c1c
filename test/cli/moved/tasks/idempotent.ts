import { idempotencyKeys, task } from "@trigger.dev/sdk";
export const once = task({ id: "once", run: async (p: { k: string }) => ({ k: p.k, r: Math.random() }) });
export const twice = task({
  id: "twice",
  run: async () => {
    const key = await idempotencyKeys.create("my-key");
    const g = await idempotencyKeys.create(["a", "b"], { scope: "global" });
    const a = await once.triggerAndWait({ k: "1" }, { idempotencyKey: key });
    const b = await once.triggerAndWait({ k: "1" }, { idempotencyKey: key });
    const c = await once.triggerAndWait({ k: "2" }, { idempotencyKey: g, idempotencyKeyTTL: "60s" });
    return { same: a.ok && b.ok && a.output.r === b.output.r, c: c.ok };
  },
});
