/**
 * Tokens for browsers: what a page may see and start, for how long, signed by whoever has the key.
 *
 * Form: `hf_pub_<claims>.<signature>`, both base64url; the signature is HMAC-SHA256 of `holdfast: public <claims>` under the
 * SHA-256 of the key. No server is asked: one that knows the key's hash can check it.
 *
 * Owns:      the claims, and how they are signed.
 * Never:     needs more than WebCrypto.
 */
import { HoldfastError } from "../engine/errors.ts";
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
}

/** What is signed. */
export interface PublicClaims {
  readonly scopes: PublicTokenScopes;
  /** Unix seconds. */
  readonly exp: number;
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
function checkScopes(scopes: unknown): PublicTokenScopes {
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

function expiryMs(given: PublicTokenOptions["expirationTime"] = "15m", now: number): number {
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

/**
 * Makes a token for a browser, with the configured key.
 *
 * @throws HoldfastError HF505 without a key, HF519 for scopes or a time that are not valid
 * @example
 * ```ts
 * import { auth } from "holdfast";
 *
 * const token = await auth.createPublicToken({ scopes: { read: { runs: "run_123" } }, expirationTime: "1h" });
 * ```
 */
export async function createPublicToken({ scopes, expirationTime }: PublicTokenOptions): Promise<string> {
  const { secretKey } = clientConfig();
  const claims: PublicClaims = {
    scopes: checkScopes(scopes),
    exp: Math.floor(expiryMs(expirationTime, Date.now()) / 1_000),
  };
  if (secretKey === undefined) {
    const fix = "Set HOLDFAST_SECRET_KEY, or call configure({ secretKey }): the token is signed with it.";
    throw new HoldfastError("HF505", "No secret key is configured.", fix);
  }
  const text = base64url(new TextEncoder().encode(JSON.stringify(claims)));
  return `${publicPrefix}${text}.${await signatureOf(secretKey, text)}`;
}

async function signatureOf(secretKey: string, claims: string): Promise<string> {
  const { subtle } = crypto;
  const hash = await subtle.digest("SHA-256", new TextEncoder().encode(secretKey));
  const key = await subtle.importKey("raw", hash, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return base64url(
    new Uint8Array(await subtle.sign("HMAC", key, new TextEncoder().encode(signedText(claims)))),
  );
}
