/**
 * The routes of webhooks: a delivery starts a run; some providers ask first whether the address is their user's.
 *
 * Invariant: a refused delivery stores nothing but that it came; a repeated one finds the run of the first.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { startRun } from "../../engine/start.ts";
import type { Delivered } from "../../filters/passes.ts";
import { bearerOf, keyOf } from "../auth.ts";
import { bodyBytes } from "../body.ts";
import { deliveredBy, endWaiter, handshake, take } from "../delivery.ts";
import { greeted, noted, type Taken, takenBy } from "../delivery-notes.ts";
import type { HttpDeps, WebhookListing } from "../deps.ts";
import { demandTrigger } from "../key-scopes.ts";
import { noQuery, queryForm, queryOf } from "../query.ts";
import { payloadOf, verifyDelivery } from "../webhook.ts";
import {
  bringsSecret,
  type CheckedSource,
  checkedSource,
  hasToken,
  verifySource,
} from "../webhook-source.ts";
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

/** The address that the delivery was sent to, as its sender knows it. */
function addressOf(c: Context, { publicUrl }: HttpDeps): string {
  const { origin, pathname, search } = new URL(c.req.url);
  return `${publicUrl?.replace(/\/+$/, "") ?? origin}${pathname}${search}`;
}

interface Verified {
  readonly source: CheckedSource;
  readonly delivered: Delivered;
  /** Let in by the key, not by a signature. */
  readonly isCaller: boolean;
}

/** A delivery to an address whose sender is known, once it is let in. */
async function verified(c: Context, deps: HttpDeps, listing: WebhookListing): Promise<Verified> {
  const source = checkedSource(listing.provider, listing.options);
  const { verifier } = source;
  const delivery = { headers: c.req.raw.headers, bytes: await bodyBytes(c), url: addressOf(c, deps) };
  const named = listing.tasks.find(({ secret }) => secret !== undefined)?.secret ?? source.setting;
  const secrets = deps.secretsNamed?.(named) ?? [];
  // What a sender puts where the key stands is no key.
  const isSender = bringsSecret(verifier) && hasToken(verifier, delivery, secrets);
  const tasks = listing.tasks.map(({ id }) => id);
  const isCaller = !isSender && (await hasKey(c, deps, tasks));
  if (!isCaller) verifySource(source, delivery, secrets, deps.ports.clock.now(), deps.log);
  if (verifier.scheme === "url-secret")
    queryOf(c, queryForm({ [verifier.paramName]: z.string().optional() }));
  else noQuery(c);
  return { source, delivered: deliveredBy(source, delivery), isCaller };
}

/** An answer, and what is noted of the delivery. */
interface Answered {
  readonly answer: Response;
  readonly taken: Taken;
}

async function deliverBy(c: Context, deps: HttpDeps, listing: WebhookListing): Promise<Answered> {
  const { source, delivered, isCaller } = await verified(c, deps, listing);
  const greeting = handshake(source, delivered);
  if (greeting === null) return { answer: c.body(null, 204), taken: greeted };
  if (greeting !== undefined) return { answer: c.json(greeting), taken: greeted };
  const { runs, waiters } = await take(deps, listing, source, delivered);
  const answer = (): Response => {
    const [first] = runs;
    if (source.isAnsweredEmpty === true && !isCaller) return c.body(null, 204);
    if (first === undefined) return c.json({ filtered: waiters === 0, waiters });
    const { id, isCached } = first;
    return c.json({ id, isCached, runs, waiters }, 202);
  };
  return { answer: answer(), taken: takenBy(runs, waiters) };
}

/** A delivery to a waiter's own address. */
async function deliverToWaiter(c: Context, deps: HttpDeps): Promise<Answered> {
  const listing = deps.code.webhook?.(c.req.param("taskId") ?? "");
  // Whoever is not let in does not learn which addresses there are.
  if (listing === undefined) throw new HoldfastError("HF204", "There is no such webhook.", noWebhook);
  const { source, delivered } = await verified(c, deps, listing);
  const waiterId = c.req.param("waiterId") ?? "";
  const waiters = (await endWaiter(deps, listing, { source, delivered, waiterId })) ? 1 : 0;
  const answer = source.isAnsweredEmpty === true ? c.body(null, 204) : c.json({ runs: [], waiters });
  return { answer, taken: takenBy([], waiters) };
}

const noWebhook = "Send to the url that webhooks.waiter.create() gave.";

async function deliver(c: Context, deps: HttpDeps): Promise<Answered> {
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
  noQuery(c);
  // Only now: whoever is not let in does not learn which tasks there are.
  knownTask(deps, task);
  const started = await startRun(deps.ports, {
    task,
    payload: payloadOf(c.req.header("content-type"), bytes),
    codeVersion: deps.code.version(),
    source: "webhook",
    ...(deliveryId === undefined ? {} : { idempotencyKey: deliveryId }),
  });
  const { id: runId, isCached } = started;
  return {
    answer: c.json(startedView(deps, task, started), 202),
    taken: takenBy([{ id: runId, isCached, taskIdentifier: task }], 0),
  };
}

/** A provider that asks by `GET` whether the address is its user's (Meta): the token that he gave it has to be ours. */
function answerChallenge(c: Context, deps: HttpDeps): Response {
  const listing = deps.code.webhook?.(c.req.param("taskId") ?? "");
  const setting = listing && checkedSource(listing.provider, listing.options).verifyToken;
  const asked = new URL(c.req.url).searchParams;
  const [mode, token, challenge] = ["mode", "verify_token", "challenge"].map((name) =>
    asked.get(`hub.${name}`),
  );
  const secrets = setting === undefined ? [] : (deps.secretsNamed?.(setting) ?? []);
  const isAsked =
    mode === "subscribe" && typeof challenge === "string" && challenge.length <= longestChallenge;
  if (!isAsked || !secrets.some((secret) => secret !== "" && isSame(secret, token ?? ""))) {
    const fix = "Give the provider the verify token that is in the setting (WHATSAPP_VERIFY_TOKEN).";
    throw new HoldfastError("HF204", "There is nothing to verify here, or the verify token is wrong.", fix);
  }
  return c.text(challenge);
}

const longestChallenge = 256;
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

/** Adds the routes of webhooks. */
export function hookRoutes(app: Hono, deps: HttpDeps): void {
  app.get("/hooks/:taskId", (c) => answerChallenge(c, deps));
  app.post("/hooks/:taskId", (c) => noted(c, deps, () => deliver(c, deps)));
  app.post("/hooks/:taskId/:waiterId", (c) => noted(c, deps, () => deliverToWaiter(c, deps)));
}
