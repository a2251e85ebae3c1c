import { deployments, otel, task } from "@trigger.dev/sdk";

export const context = task({
  id: "context",
  maxDuration: 120,
  run: async (_: undefined, { ctx }) => {
    const current = await deployments.retrieveCurrent();
    const isNewest = otel.withExternalTrace(() => current.version === ctx.run.version);
    return { isNewest, maxDuration: ctx.run.maxDuration };
  },
});
