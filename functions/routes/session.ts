/**
 * The routes by which the dashboard signs in and out: a key or a one-time token against a cookie; and the one that makes such
 * tokens, for who has the key.
 *
 * Never: gives a key back, or says which part of a sign-in was wrong beyond key or link.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { isWholeKey } from "../api-keys.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandWhole, keyForbids } from "../key-scopes.ts";
import { pathFor } from "../one-time-link.ts";
import { checked } from "../problem.ts";
import { noQuery, nothing } from "../query.ts";
import { demandOwnSite, refuseOtherSites } from "../same-origin.ts";
import { type Sessions, wrongKey } from "../session.ts";

export const form = z.union([z.strictObject({ key: z.string() }), z.strictObject({ token: z.string() })]);

async function check(given: z.infer<typeof form>, { keys, signIn, ports }: HttpDeps): Promise<void> {
  if ("key" in given) {
    const key = await keys.find(given.key);
    if (key === undefined) throw wrongKey();
    // A session may do everything, and outlives what ends.
    if (!isWholeKey(key)) throw keyForbids(key, "sign in to the dashboard");
  } else if (signIn?.take(given.token, ports.clock.now()) !== true) {
    const fix =
      "Open the newest link that `holdfast dev` has printed, ask for one with `holdfast open`, or type the secret key.";
    throw new HoldfastError("HF421", "The sign-in link was used already, or is not of this server.", fix);
  }
}

async function begin(c: Context, deps: HttpDeps, sessions: Sessions): Promise<Response> {
  refuseOtherSites(c);
  noQuery(c);
  await check(checked(form, await jsonBody(c), "body"), deps);
  return c.json({ ok: true }, 200, { "Set-Cookie": sessions.begin(c, deps.ports.clock.now()) });
}

/** A link for whoever has the key already: what `holdfast open` opens. */
async function makeLink(c: Context, { signIn, ports }: HttpDeps): Promise<Response> {
  noQuery(c);
  checked(nothing, await jsonBody(c), "body");
  demandWhole(c, "make a link that signs in");
  if (signIn === undefined) {
    const fix = "Open the dashboard's address, and type the secret key there.";
    throw new HoldfastError("HF425", "This server makes no links that sign in.", fix);
  }
  const { token, expiresAt } = signIn.make(ports.clock.now());
  return c.json({ path: pathFor(token), expiresAt: new Date(expiresAt).toISOString() });
}

/** Adds the route that makes links; it stands behind the key. */
export function signInLinkRoute(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/sign-in-links", (c) => makeLink(c, deps));
}

/** Adds the routes of sessions. */
export function sessionRoutes(app: Hono, deps: HttpDeps, sessions: Sessions): void {
  app.post("/session", (c) => begin(c, deps, sessions));
  app.delete("/session", (c) => {
    demandOwnSite(c);
    noQuery(c);
    return c.json({ ok: true }, 200, { "Set-Cookie": sessions.end(c) });
  });
}
