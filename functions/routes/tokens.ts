/**
 * The routes of tokens: make, look at, list, complete; and complete by an address or a bearer of the token's own.
 *
 * Invariant: what is open to all compares the token's secret in constant time, before anything is stored.
 */
import type { Context, Hono, Next } from "hono";
import * as z from "zod";
import { hashText } from "../../engine/hash.ts";
import type { Run, RunStatus } from "../../engine/run.ts";
import { completeToken } from "../../engine/token-ends.ts";
import { tokenPrefix, tokenTask } from "../../engine/token-task.ts";
import { createToken, isTokenId, readToken, secretOf, timeoutOf } from "../../engine/tokens.ts";
import { durationMs, instantMs } from "../../sdk/duration.ts";
import { callbackPath, publicTokenIn, publicTokenOf } from "../../sdk/token-address.ts";
import { bearerOf } from "../auth.ts";
import { keyRefused } from "../auth-errors.ts";
import { bodyBytes, jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { listQuery, page } from "../list-query.ts";
import type { Packets } from "../packets.ts";
import { payloadIn } from "../payload-forms.ts";
import { checked } from "../problem.ts";
import { noQuery } from "../query.ts";
import { codecType, runView } from "../run-view.ts";
import { sameText } from "../same-text.ts";
import { tagsForm } from "../trigger-form.ts";
import { payloadOf } from "../webhook.ts";
import { requestKeyHeader } from "./tasks.ts";

const path = "/api/v1/waitpoints/tokens";

export const createForm = z.strictObject({
  timeout: z.string().optional(),
  idempotencyKey: z.string().min(1, "Must not be empty.").max(2_048, "At most 2048 characters.").optional(),
  idempotencyKeyTTL: z.string().optional(),
  tags: tagsForm.optional(),
});
export const completeForm = z.strictObject({
  data: z.unknown().optional(),
  dataType: z.enum(["application/json", codecType]).optional(),
});

const statuses: Readonly<Record<"WAITING" | "COMPLETED" | "TIMED_OUT", RunStatus>> = {
  WAITING: "DELAYED",
  COMPLETED: "COMPLETED",
  TIMED_OUT: "EXPIRED",
};

const statusOf = ({ status }: Run): string =>
  status === "COMPLETED" ? "COMPLETED" : status === "EXPIRED" ? "TIMED_OUT" : "WAITING";

const originOf = (c: Context, { publicUrl }: HttpDeps): string =>
  publicUrl?.replace(/\/+$/, "") ?? new URL(c.req.url).origin;

async function create(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports, code } = deps;
  const now = ports.clock.now();
  const { timeout, idempotencyKey, idempotencyKeyTTL, tags } = checked(createForm, await jsonBody(c), "body");
  const requestKey = c.req.header(requestKeyHeader);
  const id = requestKey === undefined ? undefined : `${tokenPrefix}${hashText(`request ${requestKey}`, 24)}`;
  const { head, isCached, secret } = await createToken(ports, {
    codeVersion: code.version(),
    ...(id === undefined ? {} : { id }),
    timeoutAt: timeout === undefined ? undefined : instantMs(timeout, now),
    idempotencyKey,
    ...(idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTtlMs: durationMs(idempotencyKeyTTL) }),
    tags: tags === undefined ? undefined : [tags].flat(),
  });
  const url = `${originOf(c, deps)}${callbackPath(head.id, secret)}`;
  const publicAccessToken = publicTokenOf(head.id, secret);
  // Trigger.dev's client takes it from here, or signs one that lets nobody in.
  c.header("x-trigger-jwt", publicAccessToken);
  return c.json({ id: head.id, isCached, url, publicAccessToken });
}

/** A token as people see it. */
async function view(c: Context, deps: HttpDeps, links: Packets, head: Run): Promise<object> {
  const { ports } = deps;
  const origin = originOf(c, deps);
  const own = async (ref: string): Promise<string> => `${origin}${links.link(ref, ports.clock.now())}`;
  const shown = (await runView(ports, head, deps.linkTo ?? own)) as Record<string, unknown>;
  const output = Object.entries(shown).filter(([name]) => name.startsWith("output"));
  const timeoutAt = timeoutOf(head);
  return {
    id: head.id,
    url: `${origin}${callbackPath(head.id, await secretOf(ports, head))}`,
    status: statusOf(head),
    idempotencyKey: head.idempotencyKey,
    tags: head.tags,
    createdAt: new Date(head.createdAt).toISOString(),
    timeoutAt: timeoutAt === undefined ? undefined : new Date(timeoutAt).toISOString(),
    completedAt: head.finishedAt === undefined ? undefined : new Date(head.finishedAt).toISOString(),
    ...Object.fromEntries(output),
    error: head.error && { name: head.error.name, message: head.error.message },
  };
}

/** As Trigger.dev's client reads one: what it was completed with is JSON as text, and so is its error, in the same place. */
function forItsClient(token: object): object {
  const { output, outputType, error, ...rest } = token as Record<string, unknown>;
  const told = error ?? output;
  if (told === undefined) return rest;
  const isError = error === undefined ? {} : { outputIsError: true };
  return { ...rest, output: JSON.stringify(told), outputType: "application/json", ...isError };
}

async function complete(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { data, dataType } = checked(completeForm, await jsonBody(c), "body");
  await completeToken(deps.ports, c.req.param("id") ?? "", payloadIn(data, dataType, "data"));
  return c.json({ success: true });
}

/** Is this the secret of that token? An unknown token is as good as a wrong secret. */
async function isSecretOf({ ports }: HttpDeps, id: string, given: string): Promise<boolean> {
  const token = isTokenId(id) ? await ports.store.read(id) : undefined;
  const isRight = sameText(given, token === undefined ? "-" : await secretOf(ports, token));
  return isRight && token?.task === tokenTask;
}

async function callback(c: Context, deps: HttpDeps): Promise<Response> {
  const { id = "", secret = "" } = c.req.param() as { id?: string; secret?: string };
  const bytes = await bodyBytes(c);
  if (!(await isSecretOf(deps, id, secret))) throw keyRefused(true);
  noQuery(c);
  await completeToken(deps.ports, id, payloadOf(c.req.header("content-type"), bytes));
  return c.json({ success: true });
}

/** A bearer of a token's own lets complete that token; any other goes the way of all requests. */
async function completeByToken(c: Context, next: Next, deps: HttpDeps): Promise<Response | undefined> {
  const given = publicTokenIn(bearerOf(c) ?? "");
  if (given === undefined || c.req.method !== "POST") {
    await next();
    return undefined;
  }
  if (given.id !== c.req.param("id") || !(await isSecretOf(deps, given.id, given.secret)))
    throw keyRefused(true);
  return complete(c, deps);
}

/** Adds the routes that need no key. */
export function openTokenRoutes(app: Hono, deps: HttpDeps): void {
  app.post(`${path}/:id/callback/:secret`, (c) => callback(c, deps));
  app.use(`${path}/:id/complete`, (c, next) => completeByToken(c, next, deps));
}

/** Adds the others. */
export function tokenRoutes(app: Hono, deps: HttpDeps, links: Packets): void {
  app.post(path, (c) => create(c, deps));
  app.post(`${path}/:id/complete`, (c) => complete(c, deps));
  app.get(`${path}/:id`, async (c) => {
    noQuery(c);
    const token = await view(c, deps, links, await readToken(deps.ports, c.req.param("id")));
    return c.json(c.req.header("trigger-version") === undefined ? token : forItsClient(token));
  });
  app.get(path, async (c) => {
    const query = listQuery(c, deps.ports.clock.now(), { named: statuses });
    const { data, pagination } = await page(deps.ports.store, { ...query, task: [tokenTask] }, (run) => run);
    return c.json({ data: await Promise.all(data.map((head) => view(c, deps, links, head))), pagination });
  });
}
