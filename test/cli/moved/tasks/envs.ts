import { heartbeats, logger, task, wait } from "@trigger.dev/sdk";
export const heavy = task({
  id: "heavy",
  run: async (_: { n?: number }, { ctx }) => {
    let sum = 0;
    for (let i = 0; i < 100; i++) {
      sum += i;
      if (i % 10 === 0) await heartbeats.yield();
    }
    const [x] = await Promise.all([Promise.resolve(1), wait.for({ seconds: 1 })]);
    logger.warn("w", { a: 1 });
    logger.debug("d");
    logger.error("e");
    return {
      sum,
      x,
      version: typeof ctx.deployment?.version,
      tz: typeof (process.env.TZ ?? "none"),
      project: ctx.project.ref,
    };
  },
});
