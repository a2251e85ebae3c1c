/**
 * The route of webhooks: a delivery starts a run.
 *
 * Invariant: a refused delivery stores nothing; a repeated one finds the run of the first.
 */
import type { Context, Hono } from "hono";
import { startRun } from "../../engine/start.ts";
import { bearerOf, keyRefused } from "../auth.ts";
import { bodyBytes } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { queryOf } from "../query.ts";
import { payloadOf, verifyDelivery } from "../webhook.ts";
import { knownTask, startedView } from "./tasks.ts";

/** Lets a delivery in by key or by signature; gives its id, which a delivery with a key may lack. */
async function admitted(
  c: Context,
  deps: HttpDeps,
  task: string,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const id = c.req.header("webhook-id");
  const bearer = bearerOf(c);
  if (bearer !== undefined) {
    if (!(await deps.keys.verify(bearer))) throw keyRefused(true);
    return id?.slice(0, 256) || undefined;
  }
  const headers = {
    id,
    timestamp: c.req.header("webhook-timestamp"),
    signature: c.req.header("webhook-signature"),
  };
  return verifyDelivery(headers, bytes, deps.webhookSecret(task), deps.ports.clock.now(), deps.log);
}

async function deliver(c: Context, deps: HttpDeps): Promise<Response> {
  const task = c.req.param("taskId") ?? "";
  const bytes = await bodyBytes(c);
  const deliveryId = await admitted(c, deps, task, bytes);
  queryOf(c, {});
  // Only now: whoever is not let in does not learn which tasks there are.
  knownTask(deps, task);
  const started = await startRun(deps.ports, {
    task,
    payload: payloadOf(c.req.header("content-type"), bytes),
    codeVersion: deps.code.version(),
    source: "webhook",
    ...(deliveryId === undefined ? {} : { idempotencyKey: deliveryId }),
  });
  return c.json(startedView(deps, task, started), 202);
}

/** Adds the route of webhooks. */
export function hookRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/hooks/:taskId", (c) => deliver(c, deps));
}
