import { schemaTask, task } from "holdfast";
import { tell } from "./tell";

async function failed({ error }: { error: unknown }) {
  await fetch(`https://pager.example?why=${error}`);
}

export const order = task({
  id: "order",
  onStart: async ({ ctx }) => {
    await fetch(`https://log.example/${ctx.run.id}`);
  },
  async onSuccess({ output }) {
    await tell(output);
  },
  onFailure: failed,
  onComplete: tell,
  run: async (payload: number) => fetch(`https://shop.example/${payload}`),
});

export const checked = schemaTask({
  id: "checked",
  schema: (value: unknown) => String(value),
  onCancel: function () {
    return tell("canceled");
  },
  run: async (text) => {
    await tell(text);
  },
});
