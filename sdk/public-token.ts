/**
 * Tokens for browsers: what a page may see and start, for how long, signed by whoever has the key, or by the server for who has
 * another way to it.
 *
 * Form: `hf_pub_<claims>.<signature>`, both base64url; the signature is HMAC-SHA256 of `holdfast: public <claims>` under the
 * SHA-256 of the key. No server is asked: one that knows the key's hash can check it.
 *
 * Owns:      the claims, and how they are signed.
 * Never:     needs more than WebCrypto.
 */
import { HoldfastError } from "../engine/errors.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { type Duration, durationMs } from "./duration.ts";

/** Some ids, one, or all of them. */
export type TokenScope = string | readonly string[] | true;

/** What a public token lets do. */
export interface PublicTokenScopes {
  /** Look at runs: by their ids, their tags, their tasks, or their batches. */
  readonly read?: {
    readonly runs?: TokenScope;
    readonly tags?: TokenScope;
    readonly tasks?: TokenScope;
    readonly batch?: TokenScope;
  };
  /** Complete tokens; send to the input streams of runs, by the runs' ids. */
  readonly write?: { readonly waitpoints?: TokenScope; readonly inputStreams?: TokenScope };
  /** Start runs. */
  readonly trigger?: { readonly tasks?: TokenScope };
  /** Start batches of runs. */
  readonly batchTrigger?: { readonly tasks?: TokenScope };
}

/** What `auth.createPublicToken` takes. */
export interface PublicTokenOptions {
  readonly scopes: PublicTokenScopes;
  /** A duration from now, a date, or Unix seconds; at most 30 days. @default "15m" */
  readonly expirationTime?: Duration | Date | number;
  /** Columns that subscriptions of Trigger.dev's client with this token leave out. `payload`, `output` and `metadata`: what is small comes all the same. */
  readonly realtime?: { readonly skipColumns?: readonly string[] };
}

/** What is signed. */
export interface PublicClaims {
  readonly scopes: PublicTokenScopes;
  /** Unix seconds. */
  readonly exp: number;
  /** It starts one run or batch: what tells it from others of the same words. */
  readonly once?: string;
  /** Columns that subscriptions leave out. */
  readonly skip?: readonly string[];
}

/** What all public tokens begin with. */
export const publicPrefix = "hf_pub_";

/** What the signature is made of. */
export const signedText = (claims: string): string => `holdfast: public ${claims}`;

const longestMs = 30 * 86_400_000;

const shapes: Readonly<Record<string, readonly string[]>> = {
  read: ["runs", "tags", "tasks", "batch"],
  write: ["waitpoints", "inputStreams"],
  trigger: ["tasks"],
  batchTrigger: ["tasks"],
};

const isScope = (value: unknown): boolean =>
  value === true ||
  (Array.isArray(value) ? value : [value]).every((id) => typeof id === "string" && id !== "");

function refuse(what: string, fix: string): never {
  throw new HoldfastError("HF519", what, fix);
}

/** @throws HoldfastError HF519 for a scope that there is not */
export function checkScopes(scopes: unknown): PublicTokenScopes {
  if (typeof scopes !== "object" || scopes === null || Object.keys(scopes).length === 0)
    return refuse("The public token has no scopes.", "Give { scopes: { read: { runs: run.id } } }.");
  for (const [kind, given] of Object.entries(scopes as Record<string, unknown>)) {
    const names = shapes[kind];
    if (names === undefined || typeof given !== "object" || given === null)
      return refuse(`The scope "${kind}" is not supported.`, `Supported: ${Object.keys(shapes).join(", ")}.`);
    for (const [name, value] of Object.entries(given)) {
      if (!names.includes(name))
        return refuse(`The scope "${kind}.${name}" is not supported.`, `Supported: ${names.join(", ")}.`);
      if (!isScope(value))
        return refuse(
          `The scope "${kind}.${name}" names nothing.`,
          "Give an id, a list of ids, or true for all.",
        );
    }
  }
  return scopes as PublicTokenScopes;
}

/** When a token is over, Unix milliseconds. @throws HoldfastError HF519, HF508 */
export function expiryMs(given: PublicTokenOptions["expirationTime"] = "15m", now: number): number {
  const at =
    given instanceof Date
      ? given.getTime()
      : typeof given === "number"
        ? given * 1_000
        : now + durationMs(given);
  if (at > now && at <= now + longestMs) return at;
  return refuse(
    "The public token's expirationTime is not within the next 30 days.",
    'Give a duration such as "1h".',
  );
}

const base64url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

/** The claims of a new token. @throws HoldfastError HF519 */
export function newClaims(
  { scopes, expirationTime, realtime }: PublicTokenOptions,
  isOnce: boolean,
  now: number,
): PublicClaims {
  const exp = Math.floor(expiryMs(expirationTime, now) / 1_000);
  const skip = realtime?.skipColumns;
  const claims = { scopes: checkScopes(scopes), exp, ...(skip === undefined ? {} : { skip }) };
  if (!isOnce) return claims;
  return { ...claims, once: base64url(crypto.getRandomValues(new Uint8Array(16))) };
}

/** Trigger.dev's words for scopes: `read:runs:run_123`, `read:runs` for all. */
const flatScopes = (scopes: PublicTokenScopes): string[] =>
  Object.entries(scopes).flatMap(([kind, given]: [string, Record<string, TokenScope | undefined>]) =>
    Object.entries(given).flatMap(([name, value]) =>
      value === true ? [`${kind}:${name}`] : [value ?? []].flat().map((id) => `${kind}:${name}:${id}`),
    ),
  );

/**
 * Makes a token for a browser, with the configured key; with another way to the project the server signs it.
 * `isOnce`: it starts one run or batch.
 *
 * @throws HoldfastError HF505 without a key, HF519 for scopes or a time that are not valid
 * @example
 * ```ts
 * import { auth } from "holdfast";
 *
 * const token = await auth.createPublicToken({ scopes: { read: { runs: "run_123" } }, expirationTime: "1h" });
 * ```
 */
export async function createPublicToken(options: PublicTokenOptions, isOnce = false): Promise<string> {
  const config = clientConfig();
  const claims = newClaims(options, isOnce, Date.now());
  if (config.transport !== undefined) {
    const { realtime } = options;
    const scopes = flatScopes(claims.scopes);
    const body = { scopes, expirationTime: claims.exp, oneTimeUse: isOnce, ...(realtime && { realtime }) };
    const path = "/api/v1/auth/public-tokens";
    const call = { method: "POST", path, body: JSON.stringify(body) } as const;
    return (await askApi<{ readonly token: string }>(config, call)).token;
  }
  if (config.secretKey === undefined) {
    const fix = "Set HOLDFAST_SECRET_KEY, or call configure({ secretKey }): the token is signed with it.";
    throw new HoldfastError("HF505", "No secret key is configured.", fix);
  }
  const text = base64url(new TextEncoder().encode(JSON.stringify(claims)));
  return `${publicPrefix}${text}.${await signatureOf(config.secretKey, text)}`;
}

async function signatureOf(secretKey: string, claims: string): Promise<string> {
  const { subtle } = crypto;
  const hash = await subtle.digest("SHA-256", new TextEncoder().encode(secretKey));
  const key = await subtle.importKey("raw", hash, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return base64url(
    new Uint8Array(await subtle.sign("HMAC", key, new TextEncoder().encode(signedText(claims)))),
  );
}
