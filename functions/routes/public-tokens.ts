/**
 * The route that makes tokens for browsers, for callers that have no key to sign with: tasks in AWS, and who is let in by IAM.
 */
import type { Context, Hono } from "hono";
import * as z from "zod";
import { HoldfastError } from "../../engine/errors.ts";
import { newClaims, type PublicTokenScopes, type TokenScope } from "../../sdk/public-token.ts";
import { jsonBody } from "../body.ts";
import type { HttpDeps } from "../deps.ts";
import { demandWhole } from "../key-scopes.ts";
import { checked } from "../problem.ts";
import { signClaims } from "../public-token.ts";
import { noQuery } from "../query.ts";

const scopeForm = z
  .string()
  .regex(/^[a-zA-Z]+:[a-zA-Z]+(:.+)?$/su, "Must be <action>:<resource>, or <action>:<resource>:<id>.");

/** What is to be signed, in Trigger.dev's words. */
export const publicTokenForm = z.strictObject({
  scopes: z.array(scopeForm).min(1, "Must not be empty.").max(1_000, "At most 1,000 scopes."),
  /** A duration, or Unix seconds. */
  expirationTime: z.union([z.string(), z.number()]).optional(),
  oneTimeUse: z.boolean().optional(),
  /** Columns that subscriptions with the token leave out. */
  realtime: z
    .strictObject({ skipColumns: z.array(z.string()).max(100, "At most 100.").optional() })
    .optional(),
});

/** Scopes as `auth.createPublicToken` takes them. */
function nested(scopes: readonly string[]): PublicTokenScopes {
  const found: Record<string, Record<string, TokenScope>> = {};
  for (const scope of scopes) {
    const [, kind = "", name = "", id] = /^([^:]+):([^:]+)(?::(.+))?$/s.exec(scope) ?? [];
    found[kind] ??= {};
    const known = found[kind][name] ?? [];
    found[kind][name] = id === undefined || known === true ? true : [...[known].flat(), id];
  }
  return found as PublicTokenScopes;
}

async function make(c: Context, { keys, ports }: HttpDeps): Promise<Response> {
  noQuery(c);
  const {
    scopes,
    expirationTime,
    oneTimeUse = false,
    realtime = {},
  } = checked(publicTokenForm, await jsonBody(c), "body");
  demandWhole(c, "make public tokens");
  const time = expirationTime === undefined ? {} : { expirationTime };
  const claims = newClaims(
    { scopes: nested(scopes), ...time, realtime: realtime as object },
    oneTimeUse,
    ports.clock.now(),
  );
  if (oneTimeUse && Object.keys(claims.scopes).some((kind) => !kind.toLowerCase().includes("trigger")))
    throw new HoldfastError(
      "HF519",
      "A token for one use may start something, and nothing else.",
      'Give scopes of "trigger" and "batchTrigger" alone, or leave oneTimeUse out.',
    );
  return c.json({ token: signClaims(keys, claims) });
}

/** What Trigger.dev's client asks before it signs a token with its key: the token would let nobody in. */
function refuseOwnSigning(): never {
  throw new HoldfastError(
    "HF519",
    "Trigger.dev's client signs public tokens with the key itself, and the server knows its hash alone.",
    'Use auth of "holdfast", or give the client a key for which it asks the server: holdfast keys create --trigger-dev.',
  );
}

/** Adds the routes. */
export function publicTokenRoutes(app: Hono, deps: HttpDeps): void {
  app.post("/api/v1/auth/jwt/claims", refuseOwnSigning);
  app.post("/api/v1/auth/public-tokens", (c) => make(c, deps));
}
