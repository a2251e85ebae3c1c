/**
 * The routes of waiters for a delivery, for callers outside of runs: make one, cancel one.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { hashText } from "../../engine/hash.ts";
import { tokenPrefix } from "../../engine/token-task.ts";
import { timeoutOf } from "../../engine/tokens.ts";
import { cancelWaiter, createWaiter, filterPath, keepPaths, mostSets } from "../../engine/waiters.ts";
import { durationMs } from "../../sdk/duration.ts";
import { waiterPath } from "../../sdk/token-address.ts";
import { checkMatch, waitsUntil } from "../../sdk/waiter-options.ts";
import { jsonBody } from "../body.ts";
import { isDefined } from "../delivery.ts";
import type { HttpDeps } from "../deps.ts";
import { checked, FormError } from "../problem.ts";
import { noQuery } from "../query.ts";
import { requestKeyHeader } from "./tasks.ts";
import { createForm as tokenForm } from "./tokens.ts";

const path = "/api/v1/webhooks";

export const createWaiterForm = tokenForm.extend({
  match: z
    .record(z.string().max(256, "At most 256 characters."), z.union([z.string(), z.number(), z.boolean()]))
    .optional(),
  filter: z.string().optional(),
});
export const cancelWaiterForm = z.strictObject({});

/** @throws HoldfastError HF235 */
function endpointOf(c: Context, { code }: HttpDeps): string {
  const id = c.req.param("endpoint") ?? "";
  const listing = code.webhook?.(id);
  if (listing !== undefined && isDefined(listing)) return id;
  const what = `There is no webhook endpoint ${JSON.stringify(id)} in the code that is served.`;
  throw new HoldfastError(
    "HF235",
    what,
    "Check the id: it is that of a webhooks.endpoint.define() in a task file.",
  );
}

async function create(c: Context, deps: HttpDeps): Promise<Response> {
  noQuery(c);
  const { ports, code, publicUrl } = deps;
  const endpoint = endpointOf(c, deps);
  const given = checked(createWaiterForm, await jsonBody(c), "body");
  const { timeout, tags, idempotencyKey, idempotencyKeyTTL } = given;
  const match = given.match === undefined ? undefined : checkMatch(given.match);
  const filter = (await import("../../sdk/waiter-filter.ts")).waiterFilterOf(given.filter);
  const now = ports.clock.now();
  const timeoutAt = waitsUntil(timeout, now);
  const paths = [...Object.keys(match ?? {}), ...(filter === undefined ? [] : [filterPath])];
  if (match !== undefined && !(await keepPaths(ports, endpoint, paths))) {
    const issue = { path: "match", message: `There are ${mostSets} sets of paths already.` };
    const fix = "Match values at the paths that other waiters of the endpoint match.";
    throw new FormError("The endpoint has no place for another set of paths to match.", fix, [issue]);
  }
  const requestKey = c.req.header(requestKeyHeader);
  const id = `${tokenPrefix}${hashText(`waiter ${requestKey ?? ports.chance.id("")}`, 24)}`;
  const head = await createWaiter(ports, {
    ...{ id, endpoint, match, filter, idempotencyKey, timeoutAt, codeVersion: code.version() },
    ...(idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTtlMs: durationMs(idempotencyKeyTTL) }),
    tags: tags === undefined ? undefined : [tags].flat(),
  });
  const origin = publicUrl?.replace(/\/+$/, "") ?? new URL(c.req.url).origin;
  return c.json({
    id: head.id,
    ...(match === undefined ? { url: `${origin}${waiterPath(endpoint, head.id)}` } : {}),
    expiresAt: new Date(timeoutOf(head) ?? timeoutAt).toISOString(),
    isCached: head.createdAt < now,
  });
}

/** Adds the routes of waiters. */
export function waiterRoutes(app: Hono, deps: HttpDeps): void {
  app.post(`${path}/endpoints/:endpoint/waiters`, (c) => create(c, deps));
  app.post(`${path}/waiters/:id/cancel`, async (c) => {
    noQuery(c);
    checked(cancelWaiterForm, await jsonBody(c), "body");
    return c.json(await cancelWaiter(deps.ports, c.req.param("id")));
  });
}
