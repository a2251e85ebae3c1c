/** Runs that log: in several attempts and tries, over a wait, much, nothing, and what somebody could try to run. */
import { logger, step, task, wait } from "holdfast";

export const chatty = task({
  id: "chatty",
  retry: { maxAttempts: 3, minTimeoutInMs: 100, maxTimeoutInMs: 100 },
  run: async ({ name }: { name: string }, { ctx }) => {
    logger.info("packing", { name, attempt: ctx.attempt.number });
    console.warn("the box\nis small");
    let tries = 0;
    await step("weigh", async () => {
      tries += 1;
      logger.debug(`weighing ${tries}`);
      if (tries < 2) throw new Error("The scale is not steady.");
    });
    await wait.for({ seconds: 3 });
    logger.error("sealed", { label: { to: name } });
    if (ctx.attempt.number === 1) throw new Error("The seal broke.");
    await wait.for({ seconds: 1 });
    logger.log("handed over");
    return name;
  },
});

export const talkative = task({
  id: "talkative",
  run: async (count: number) => {
    for (let n = 1; n <= count; n++) logger.info(`line ${n}`);
    return count;
  },
});
