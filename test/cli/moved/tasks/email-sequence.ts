import { logger, retry, task, wait } from "@trigger.dev/sdk";
export const emailSequence = task({
  id: "email-sequence",
  retry: { maxAttempts: 5 },
  run: async (payload: { userId: string; email: string; name: string }) => {
    logger.log("Start email sequence", { payload });
    const first = await retry.onThrow(
      async ({ attempt }) => {
        if (attempt < 2) throw new Error("resend down");
        return { id: "email_1", attempt };
      },
      { maxAttempts: 3, minTimeoutInMs: 10 },
    );
    await wait.for({ seconds: 1 });
    const second = await retry.onThrow(async () => ({ id: "email_2" }), { maxAttempts: 3 });
    return { first, second };
  },
});
