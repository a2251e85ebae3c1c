import { auth, runs, task, usage } from "@trigger.dev/sdk";
export const reporter = task({
  id: "reporter",
  run: async () => {
    const list = [];
    for await (const run of runs.list({ status: ["COMPLETED", "FAILED"], limit: 10 })) {
      list.push(run.taskIdentifier);
      if (list.length >= 3) break;
    }
    const { result, compute } = await usage.measure(async () => 5);
    const now = usage.getCurrent();
    const token = await auth.createPublicToken({ scopes: { read: { runs: true } }, expirationTime: "1h" });
    return {
      listed: list.length,
      result,
      has: typeof compute.durationMs,
      cost: typeof now.totalCostInCents,
      token: token.length > 20,
    };
  },
});
