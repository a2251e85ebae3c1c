import { metadata, schemaTask, tags } from "@trigger.dev/sdk/v3";
import { z } from "zod";
export const createUser = schemaTask({
  id: "create-user",
  schema: z.object({
    name: z.string().default("nobody"),
    age: z.coerce.number(),
    at: z.coerce.date().optional(),
  }),
  machine: "small-1x",
  queue: { name: "users", concurrencyLimit: 2 },
  run: async (payload, { ctx }) => {
    metadata.set("progress", 0).set("user", { name: payload.name });
    await tags.add(`user_${payload.name}`);
    metadata.increment("progress", 0.5);
    metadata.append("steps", "made");
    return {
      name: payload.name.toUpperCase(),
      age: payload.age + 1,
      run: ctx.run.id.startsWith("run_"),
      attempt: ctx.attempt.number,
      env: ctx.environment.type,
      task: ctx.task.id,
    };
  },
});
