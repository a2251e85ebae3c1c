import { type Context, type TaskOutput, type TaskPayload, task, tasks } from "@trigger.dev/sdk";
export const typed = task({
  id: "typed",
  run: async (p: { a: string }, { ctx }: { ctx: Context }) => ({
    len: p.a.length,
    org: typeof ctx.organization.id,
  }),
});
type P = TaskPayload<typeof typed>;
type O = TaskOutput<typeof typed>;
export const typedParent = task({
  id: "typed-parent",
  run: async () => {
    const p: P = { a: "four" };
    const o: O = await tasks.triggerAndWait<typeof typed>("typed", p).unwrap();
    const h = await tasks.batchTriggerAndWait<typeof typed>("typed", [
      { payload: p },
      { payload: { a: "" } },
    ]);
    return { o, n: h.runs.map((r) => r.ok && r.output.len) };
  },
});
