/**
 * Requests with a token for browsers: is it good, and does it let do this.
 *
 * Never:     compares a signature in a time that depends on it.
 * Invariant: what is not named here is refused, whatever the token's scopes.
 */
import { timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import * as z from "zod";
import { HoldfastError } from "../engine/errors.ts";
import { type PublicClaims, publicPrefix, signedText, type TokenScope } from "../sdk/public-token.ts";
import { keyRefused } from "./auth-errors.ts";
import type { HttpDeps } from "./deps.ts";
import { limitTasks, listedTasks, mayLook } from "./key-scopes.ts";

const scope = z.union([z.literal(true), z.string(), z.array(z.string())]).optional();
const form = z.strictObject({
  scopes: z.strictObject({
    read: z.strictObject({ runs: scope, tags: scope, tasks: scope, batch: scope }).optional(),
    write: z.strictObject({ waitpoints: scope, inputStreams: scope }).optional(),
    trigger: z.strictObject({ tasks: scope }).optional(),
    batchTrigger: z.strictObject({ tasks: scope }).optional(),
  }),
  exp: z.number(),
  once: z.string().optional(),
  skip: z.array(z.string()).optional(),
});

/** Is this bearer such a token? */
export const isPublicToken = (bearer: string): boolean => bearer.startsWith(publicPrefix);

/** The claims of a token that is signed and not over. @throws HoldfastError HF202, HF216 */
function claimsOf({ keys, ports }: Pick<HttpDeps, "keys" | "ports">, bearer: string): PublicClaims {
  const [text = "", signature = "", ...more] = bearer.slice(publicPrefix.length).split(".");
  const given = Buffer.from(signature);
  const isSigned = keys
    .sign(signedText(text))
    .map((mac) => Buffer.from(mac.toString("base64url")))
    .reduce((found, mac) => (mac.length === given.length && timingSafeEqual(mac, given)) || found, false);
  if (!isSigned || more.length > 0) throw keyRefused(true);
  const claims = form.parse(JSON.parse(Buffer.from(text, "base64url").toString())) as PublicClaims;
  if (claims.exp * 1_000 > ports.clock.now()) return claims;
  throw new HoldfastError("HF216", "The public token is over.", "Ask your backend for a new one.");
}

const allows = (given: TokenScope | undefined, ids: readonly string[]): boolean =>
  given === true || (given !== undefined && ids.some((id) => [given].flat().includes(id)));

const allowsAll = (given: TokenScope | undefined, ids: readonly string[]): boolean =>
  ids.length > 0 && ids.every((id) => allows(given, [id]));

async function mayRead(
  { ports }: Pick<HttpDeps, "ports">,
  { scopes }: PublicClaims,
  id: string,
): Promise<boolean> {
  const { runs, tags, tasks, batch } = scopes.read ?? {};
  if (allows(runs, [id])) return true;
  if (tags === undefined && tasks === undefined && batch === undefined) return false;
  const run = await ports.store.read(id);
  if (run === undefined) return false;
  return allows(tags, run.tags) || allows(tasks, [run.task]) || allows(batch, [run.batchId ?? ""]);
}

/** A list has to be narrowed down to what may be read. */
function mayList(c: Context, { scopes }: PublicClaims): boolean {
  const { tags, tasks, batch } = scopes.read ?? {};
  const { searchParams } = new URL(c.req.url);
  if (allowsAll(batch, searchParams.getAll("batch"))) return true;
  const asked = [
    ...searchParams.getAll("tag"),
    ...searchParams.getAll("tags").flatMap((list) => list.split(",")),
  ];
  return allowsAll(tags, asked) || allowsAll(tasks, listedTasks(c));
}

/** A part of a path; one whose escapes are broken is nobody's. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** What shows one run. */
const readRuns = [
  /^\/api\/v3\/runs\/([^/]+)$/,
  /^\/api\/v1\/runs\/([^/]+)\/streams$/,
  /^\/realtime\/v1\/runs\/([^/]+)$/,
  /^\/realtime\/v1\/streams\/([^/]+)\/[^/]+$/,
];
const batchPaths = /^\/api\/(v2\/tasks\/batch|v3\/batches(\/[^/]+\/items)?)$/;

/** Who may start runs may send a payload ahead that is too large to be sent along. */
const mayUpload = (c: Context, { scopes }: PublicClaims): boolean =>
  c.req.method === "PUT" &&
  /^\/api\/v2\/packets\/[^/]+$/.test(c.req.path) &&
  (scopes.batchTrigger?.tasks ?? scopes.trigger?.tasks) !== undefined;

async function isAllowed(c: Context, deps: Pick<HttpDeps, "ports">, claims: PublicClaims): Promise<boolean> {
  const { pathname } = new URL(c.req.url);
  const at = (pattern: RegExp): string | undefined => {
    const [, id] = pattern.exec(pathname) ?? [];
    return id === undefined ? undefined : decoded(id);
  };
  if (c.req.method === "GET") {
    const run = readRuns.map(at).find((id) => id !== undefined);
    if (run !== undefined) return mayRead(deps, claims, run);
    const batch = at(/^\/realtime\/v1\/batches\/([^/]+)$/);
    if (batch !== undefined) return allows(claims.scopes.read?.batch, [batch]);
    return (pathname === "/api/v1/runs" || pathname === "/realtime/v1/runs") && mayList(c, claims);
  }
  const batched = claims.scopes.batchTrigger?.tasks;
  if (batchPaths.test(pathname) && batched !== undefined) {
    if (batched !== true) limitTasks(c, [batched].flat());
    return true;
  }
  const task = at(/^\/api\/v1\/tasks\/([^/]+)\/trigger$/);
  if (task !== undefined) return allows(claims.scopes.trigger?.tasks, [task]);
  const sentTo = at(/^\/realtime\/v1\/streams\/([^/]+)\/input\/[^/]+$/);
  if (sentTo !== undefined) return allows(claims.scopes.write?.inputStreams, [sentTo]);
  const token = at(/^\/api\/v1\/waitpoints\/tokens\/([^/]+)\/complete$/);
  return token !== undefined && allows(claims.scopes.write?.waitpoints, [token]);
}

/** Signs claims. @throws HoldfastError HF505 where the server has no key that may do everything for ever */
export function signClaims(keys: HttpDeps["keys"], claims: PublicClaims): string {
  const text = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const [mac] = keys.sign(signedText(text));
  if (mac === undefined)
    throw new HoldfastError(
      "HF505",
      "The server has no key to sign a token with.",
      "Make one: holdfast keys create.",
    );
  return `${publicPrefix}${text}.${mac.toString("base64url")}`;
}

/** A token for who may look at this run or batch, for an hour: the answer to a trigger by a page. */
export const readTokenFor = (
  { keys, ports }: Pick<HttpDeps, "keys" | "ports">,
  read: { readonly runs: string } | { readonly batch: string },
): string => signClaims(keys, { scopes: { read }, exp: Math.floor(ports.clock.now() / 1_000) + 3_600 });

/**
 * Gives Trigger.dev's own client the public token of its handle. Without this header it would sign one with its key, of which the
 * server knows the hash alone. Who may not read gets none.
 */
export function tellReadToken(c: Context, deps: HttpDeps, read: Parameters<typeof readTokenFor>[1]): void {
  if (c.req.header("trigger-version") === undefined || !mayLook(c) || deps.keys.sign("").length === 0) return;
  c.header("x-trigger-jwt", readTokenFor(deps, read));
}

/** Claims of the requests that came with a token which is for one use. */
const oneTime = new WeakMap<Request, PublicClaims>();

/** The claims of the request's token, if that is for one use. */
export const oneTimeClaims = (c: Context): PublicClaims | undefined => oneTime.get(c.req.raw);

const skipped = new WeakMap<Request, readonly string[]>();

/** The columns that the request's token leaves out of subscriptions. */
export const skippedColumns = (c: Context): readonly string[] => skipped.get(c.req.raw) ?? [];

/** Lets a request through that its token allows. @throws HoldfastError HF202, HF216 */
export async function checkPublicToken(
  c: Context,
  deps: Pick<HttpDeps, "keys" | "ports">,
  bearer: string,
): Promise<void> {
  const claims = claimsOf(deps, bearer);
  if (claims.skip !== undefined) skipped.set(c.req.raw, claims.skip);
  if (claims.once !== undefined) oneTime.set(c.req.raw, claims);
  if (mayUpload(c, claims) || (await isAllowed(c, deps, claims))) return;
  const fix = "Make it with the scopes that this needs: auth.createPublicToken({ scopes: { … } }).";
  throw new HoldfastError("HF216", "The public token does not let you do this.", fix);
}
