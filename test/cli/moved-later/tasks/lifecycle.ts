import { metadata, task, wait } from "@trigger.dev/sdk";
import { db } from "./db.ts";

export const lifecycle = task({
  id: "lifecycle",
  retry: { maxAttempts: 2, minTimeoutInMs: 5, maxTimeoutInMs: 10 },
  onStart: async ({ ctx }) => {
    metadata.set("startedBy", ctx.task.id);
  },
  onWait: async ({ wait: { type } }) => {
    metadata.append("waits", type);
  },
  onComplete: async ({ result }) => {
    metadata.set("ok", result.ok);
  },
  run: async (_: undefined, { ctx }) => {
    await wait.for({ seconds: 1 });
    if (ctx.attempt.number < 2) throw new Error("the first attempt fails");
    return db().find("1");
  },
});
