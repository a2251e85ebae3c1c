/**
 * The route that frees an idempotency key.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { keyNotThere } from "../../sdk/key-forms.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandTasks } from "../key-scopes.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";

export const freeForm = z.strictObject({ taskIdentifier: z.string().min(1).max(512) });

async function free(c: Context, { ports }: HttpDeps): Promise<Response> {
  noQuery(c);
  const { taskIdentifier } = checked(freeForm, await jsonBody(c), "body");
  demandTasks(c, [taskIdentifier]);
  const id = await ports.store.free(`${taskIdentifier}:${c.req.param("key")}`, ports.clock.now());
  if (id === undefined) throw keyNotThere(taskIdentifier);
  return c.json({ id });
}

/** Adds the route. */
export function idempotencyKeyRoute(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/idempotencyKeys/:key/reset", (c) => free(c, deps));
}
