import { locals, tasks } from "@trigger.dev/sdk";
import { Client, DbLocal } from "./db.ts";

tasks.middleware("db", async ({ next }) => {
  const client = locals.set(DbLocal, new Client());
  await client.open();
  try {
    await next();
  } finally {
    await client.close();
  }
});
