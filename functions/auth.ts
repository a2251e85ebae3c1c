/**
 * Who is let in: the bearer key, the dashboard's session, or a caller that IAM has let in; and the Host header.
 *
 * Never:     compares a secret in a time that depends on it, or logs one.
 * Invariant: nothing else of a request is looked at before both have been checked.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context, Next } from "hono";
import { HoldfastError } from "../engine/errors.ts";
import { idOfKey, isWholeKey, type KnownKey, parseKey } from "./api-keys.ts";
import { noteCaller } from "./asked-by.ts";
import { keyIsOver, keyRefused } from "./auth-errors.ts";
import type { HttpDeps, Keys } from "./deps.ts";
import { demandScope } from "./key-scopes.ts";
import { checkPublicToken, isPublicToken } from "./public-token.ts";
import { demandOwnSite } from "./same-origin.ts";
import { hashOfKey } from "./secret-key.ts";
import { type Sessions, sessionEnded } from "./session.ts";
import { countKey } from "./too-many.ts";

/**
 * Keys of which the SHA-256 hashes are known (entries of `api-keys.ts`): any of them is let in. All are compared, each in constant
 * time. What is signed is signed under the hash: who takes a key back ends the sessions that it began.
 *
 * @example
 * ```ts
 * httpApp({ keys: hashedKeys([hashOfKey(key)]), … });
 * ```
 */
export function hashedKeys(hashes: readonly string[]): Keys {
  const keys = hashes.map(parseKey).map((key) => ({ key, digest: Buffer.from(key.hash, "hex") }));
  const signers = keys.filter(({ key }) => isWholeKey(key));
  return {
    sign: (text) => signers.map(({ digest }) => createHmac("sha256", digest).update(text).digest()),
    find(bearer) {
      const given = Buffer.from(hashOfKey(bearer), "hex");
      // All are compared, whichever it is.
      const found = keys.filter(({ digest }) => timingSafeEqual(digest, given));
      return found[0]?.key;
    },
  };
}

/** Keys that are known themselves, as on one machine. */
export const secretKeys = (keys: readonly string[]): Keys =>
  hashedKeys(keys.filter((key) => key.length > 0).map(hashOfKey));

/**
 * Handed to the app beside a request (`app.fetch(request, { [letIn]: true })`) by what has checked its caller otherwise. No
 * request can bring it along: it is no part of one.
 */
export const letIn = Symbol("let in");

const isLetIn = (c: Context): boolean => (c.env as { [letIn]?: true } | undefined)?.[letIn] === true;

/** The key of an `Authorization: Bearer …` header. */
export function bearerOf(c: Context): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
}

type GuardDeps = Pick<HttpDeps, "keys" | "ports" | "keyUsed" | "limits">;

/**
 * The key that a bearer is.
 * @throws HoldfastError HF202 for one that is none, or whose time is over; HF220 for too many requests
 */
export async function keyOf({ keys, ports, keyUsed, limits }: GuardDeps, bearer: string): Promise<KnownKey> {
  const key = await keys.find(bearer);
  if (key === undefined) throw keyRefused(true);
  const now = ports.clock.now();
  if (key.expiresAt !== undefined && key.expiresAt <= now) throw keyIsOver(key.expiresAt);
  await countKey(limits, idOfKey(key));
  keyUsed?.(idOfKey(key), now);
  return key;
}

/**
 * The middleware of every route under /api: HF202 without a valid key, but for who was let in already. Who sends no
 * `Authorization` at all may have a session: HF423 for one that has ended, HF422 where it is another site's page that uses it.
 */
export function keyGuard(deps: GuardDeps, sessions: Sessions) {
  const { keys, ports } = deps;

  async function check(c: Context): Promise<void> {
    const bearer = bearerOf(c);
    if (bearer !== undefined && isPublicToken(bearer)) {
      await checkPublicToken(c, { keys, ports }, bearer);
      // The end of it is its signature.
      return countKey(deps.limits, bearer.slice(-43));
    }
    if (bearer !== undefined) {
      const key = await keyOf(deps, bearer);
      noteCaller(c, `key ${idOfKey(key)}`);
      return demandScope(c, deps, key);
    }
    const hasOther = c.req.header("authorization") !== undefined;
    const session = hasOther ? "none" : sessions.look(c, ports.clock.now());
    if (session === "none") throw keyRefused(false);
    if (session === "invalid") throw sessionEnded();
    demandOwnSite(c);
    noteCaller(c, "a session of the page");
  }

  return async (c: Context, next: Next): Promise<void> => {
    if (isLetIn(c)) noteCaller(c, "a caller that IAM has let in");
    else await check(c);
    await next();
  };
}

/** The middleware of the whole app: a page of another site must not reach it under a name of its own (DNS rebinding). */
export function hostGuard(allowed: HttpDeps["allowedHosts"]) {
  const hosts = allowed && new Set(allowed.map((host) => host.toLowerCase()));
  return async (c: Context, next: Next): Promise<void> => {
    if (hosts !== undefined && !isAllowed(hosts, hostOf(c))) {
      const fix = `Call it as ${[...hosts].join(" or ") || "a host that is allowed"}, or allow this host in the server's settings.`;
      throw new HoldfastError("HF210", "This server does not answer under that Host.", fix);
    }
    await next();
  };
}

/** Requests made in-process have no Host header; their URL says what it would be. */
function hostOf(c: Context): string {
  return (c.req.header("host") ?? new URL(c.req.url).host).toLowerCase();
}

function isAllowed(hosts: ReadonlySet<string>, host: string): boolean {
  return hosts.has(host) || hosts.has(host.replace(/:\d+$/, ""));
}
