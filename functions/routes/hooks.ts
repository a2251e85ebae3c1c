/**
 * The route of webhooks: a delivery starts a run.
 *
 * Invariant: a refused delivery stores nothing; a repeated one finds the run of the first.
 */
import type { Context, Hono } from "hono";
import { startRun } from "../../engine/start.ts";
import { bearerOf, keyOf } from "../auth.ts";
import { bodyBytes } from "../body.ts";
import { deliveredBy, handshake, take } from "../delivery.ts";
import type { HttpDeps, WebhookListing } from "../deps.ts";
import { demandTrigger } from "../key-scopes.ts";
import { queryOf } from "../query.ts";
import { payloadOf, verifyDelivery } from "../webhook.ts";
import { checkedSource, verifySource } from "../webhook-source.ts";
import { knownTask, startedView } from "./tasks.ts";

/**
 * Is the key there and right? A wrong one is refused, whatever the signature.
 * @throws HoldfastError HF202, HF219 for one that may not start these tasks
 */
async function hasKey(c: Context, deps: HttpDeps, tasks: readonly string[]): Promise<boolean> {
  const bearer = bearerOf(c);
  if (bearer === undefined) return false;
  demandTrigger(await keyOf(deps, bearer), tasks);
  return true;
}

/** A delivery to an address whose sender is known. */
async function deliverBy(c: Context, deps: HttpDeps, listing: WebhookListing): Promise<Response> {
  const isCaller = await hasKey(
    c,
    deps,
    listing.tasks.map(({ id }) => id),
  );
  const source = checkedSource(listing.provider, listing.options);
  const delivery = { headers: c.req.raw.headers, bytes: await bodyBytes(c) };
  const named = listing.tasks.find(({ secret }) => secret !== undefined)?.secret ?? source.setting;
  const secrets = deps.secretsNamed?.(named) ?? [];
  if (!isCaller) verifySource(source, delivery, secrets, deps.ports.clock.now(), deps.log);
  queryOf(c, {});
  const delivered = deliveredBy(source, delivery);
  const greeting = handshake(source, delivered);
  if (greeting !== undefined) return c.json(greeting);
  const { runs, waiters } = await take(deps, listing, source, delivered);
  const [first] = runs;
  if (first === undefined) return c.json({ filtered: waiters === 0, waiters });
  const { id, isCached } = first;
  return c.json({ id, isCached, runs, waiters }, 202);
}

async function deliver(c: Context, deps: HttpDeps): Promise<Response> {
  const task = c.req.param("taskId") ?? "";
  const listing = deps.code.webhook?.(task);
  if (listing !== undefined) return deliverBy(c, deps, listing);
  const isCaller = await hasKey(c, deps, [task]);
  const bytes = await bodyBytes(c);
  const id = c.req.header("webhook-id");
  const timestamp = c.req.header("webhook-timestamp");
  const signature = c.req.header("webhook-signature");
  const { ports, log } = deps;
  // Who has the key needs no delivery id.
  const deliveryId = isCaller
    ? id?.slice(0, 256) || undefined
    : verifyDelivery({ id, timestamp, signature }, bytes, deps.webhookSecret(task), ports.clock.now(), log);
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
