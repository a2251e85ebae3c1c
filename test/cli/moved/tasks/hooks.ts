import { AbortTaskRunError, locals, logger, task, tasks } from "@trigger.dev/sdk";

const Db = locals.create<{ query: (s: string) => Promise<string> }>("db");
tasks.middleware("db", async ({ next }) => {
  locals.set(Db, { query: async (s) => `row of ${s}` });
  await next();
});
tasks.onFailure(({ ctx, error }) => {
  logger.error("failed", { id: ctx.run.id, error });
});
export const hooked = task({
  id: "hooked",
  init: async () => ({ startedAt: 1 }),
  run: async (payload: { fail?: boolean }, { init, signal }) => {
    const db = locals.getOrThrow(Db);
    const row = await db.query("users");
    if (payload.fail) throw new AbortTaskRunError("bad input");
    return { row, init, aborted: signal.aborted };
  },
  onStart: async ({ payload }) => {
    logger.info("start", { payload });
  },
  onSuccess: async ({ output }) => {
    logger.info("success", { output });
  },
  onFailure: async ({ error }) => {
    logger.info("failure", { error: String(error) });
  },
  onComplete: async ({ result }) => {
    logger.info("complete", { ok: result.ok });
  },
  cleanup: async () => {
    logger.info("cleanup");
  },
  catchError: async ({ error }) => {
    if (error instanceof AbortTaskRunError) return { skipRetrying: true };
    return { retryDelayInMs: 10 };
  },
});
