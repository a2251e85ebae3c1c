/**
 * Is a delivery signed as its provider signs? And what names its event.
 *
 * Owns:      a source, ready to check by, and the checks of secrets and times.
 * Never:     compares signatures in a time that depends on them, or looks into a body before its signature is right.
 * Invariant: the signature is that of the bytes that came, under one of the secrets.
 */
import {
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { HoldfastError } from "../engine/errors.ts";
import { type Delivered, valueAt } from "../filters/passes.ts";
import { type Provider, providers } from "../sdk/webhook-providers.ts";
import type {
  AsymmetricVerifier,
  HmacVerifier,
  TokenVerifier,
  UrlSecretVerifier,
  WebhookVerifier,
} from "../sdk/webhook-verifiers.ts";
import { json } from "./body.ts";
import type { HttpLog } from "./deps.ts";
import { optionsForm } from "./webhook-forms.ts";
import { refused, type Sent, signaturesIn, signedBytes } from "./webhook-signed.ts";

/** A source, ready to check by. */
export interface CheckedSource extends Pick<Provider, "handshake" | "isAnsweredEmpty" | "verifyToken"> {
  readonly setting: string;
  readonly verifier: WebhookVerifier;
  readonly toleranceSeconds: number;
}

type Signed = HmacVerifier | AsymmetricVerifier;
type Bearing = TokenVerifier | UrlSecretVerifier;

/** Does the sender bring the secret itself along? */
export const bringsSecret = (verifier: WebhookVerifier): verifier is Bearing =>
  verifier.scheme === "shared-secret" || verifier.scheme === "url-secret";

const usualTolerance = 300;

/** @throws HoldfastError HF406 for options that are not valid */
export function checkedSource(provider: string, given: Readonly<Record<string, unknown>>): CheckedSource {
  const options = optionsForm.safeParse(given);
  const known = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  const verifier = (options.data?.verifier as WebhookVerifier | undefined) ?? known?.verifier;
  const setting = options.data?.secret ?? known?.setting;
  if (!options.success || verifier === undefined || setting === undefined || !isVerifiable(verifier)) {
    const why = options.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ");
    const what = `The source of this webhook (${provider}) is not valid. ${why ?? "It lacks the name of its secret's setting, or signs no body."}`;
    throw new HoldfastError("HF406", what, "Correct the options of the source in the task's file.");
  }
  const timed = bringsSecret(verifier) ? undefined : verifier.timestamp?.toleranceSeconds;
  const toleranceSeconds = options.data.toleranceSeconds ?? timed ?? usualTolerance;
  const { handshake, isAnsweredEmpty, verifyToken } = known ?? {};
  return {
    setting,
    verifier,
    toleranceSeconds,
    handshake,
    ...(isAnsweredEmpty === undefined ? {} : { isAnsweredEmpty }),
    ...(verifyToken === undefined ? {} : { verifyToken }),
  };
}

/** A signature that is not made of the body would let any body in; a token has to stand somewhere. */
function isVerifiable(verifier: WebhookVerifier): boolean {
  if (verifier.scheme === "url-secret") return true;
  if (verifier.scheme === "shared-secret") {
    const isNamed = verifier.placement === "header" || verifier.placement === "body";
    return isNamed === (verifier.fieldName !== undefined);
  }
  const { signingString: signed, timestamp } = verifier;
  return (
    signed === "raw" ||
    (signed.template.includes("{body}") &&
      !(timestamp?.source.from === "body" && signed.template.includes("{timestamp}")))
  );
}

/**
 * Checks a delivery.
 * @throws HoldfastError HF204 when it is not signed with one of the secrets, HF205 when it is too old or too new
 */
export function verifySource(
  { setting, verifier, toleranceSeconds }: CheckedSource,
  delivery: Sent,
  secrets: readonly string[],
  now: number,
  log: HttpLog,
): void {
  if (bringsSecret(verifier)) {
    if (!secrets.some((secret) => secret !== "")) throw noSecret(setting);
    if (!hasToken(verifier, delivery, secrets)) throw refused("The token is missing or wrong.");
    return;
  }
  const checks = checksBy(verifier, secrets, setting, log);
  if (checks.length === 0) throw noSecret(setting);
  const { signatures, time } = signaturesIn(verifier, delivery.headers);
  if (signatures.length === 0) throw refused("The signature is missing or malformed.");
  const signed = signedBytes(verifier, delivery, time);
  const isSigned = checks.reduce((found, check) => check(signed, signatures) || found, false);
  if (!isSigned) throw refused("The signature is wrong.");
  const at = verifier.timestamp && milliseconds(verifier.timestamp, time ?? timeIn(verifier, delivery.bytes));
  if (at === undefined || Math.abs(now - at) <= toleranceSeconds * 1_000) return;
  const fix = `Set the sender's clock, or have the delivery sent again: it must arrive within ${toleranceSeconds} s of its timestamp.`;
  const what = `The delivery's timestamp is more than ${toleranceSeconds} s ${at < now ? "old" : "ahead"}.`;
  throw new HoldfastError("HF205", what, fix);
}

const noSecret = (setting: string): HoldfastError =>
  new HoldfastError(
    "HF204",
    "No secret is set for this webhook.",
    `Set ${setting} to the provider's secret.`,
  );

type Check = (signed: readonly (Uint8Array | string)[], signatures: readonly Buffer[]) => boolean;

/** A secret that cannot be one must not let the others down; an empty one would let everybody in. */
function checksBy(verifier: Signed, secrets: readonly string[], setting: string, log: HttpLog): Check[] {
  return secrets.flatMap((secret) => {
    const check = verifier.scheme === "hmac" ? macBy(verifier, secret) : keyBy(verifier, secret);
    if (check !== undefined) return [check];
    log.error("A webhook's secret does not have the expected form; it is not used.", {
      code: "HF406",
      setting,
    });
    return [];
  });
}

function macBy(verifier: HmacVerifier, secret: string): Check | undefined {
  const { encoding = "utf8", stripPrefix = "" } = verifier.secret ?? {};
  const plain = secret.startsWith(stripPrefix) ? secret.slice(stripPrefix.length) : secret;
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(plain);
  if (plain === "" || (encoding === "base64" && !isBase64)) return undefined;
  const key = Buffer.from(plain, encoding);
  return (signed, signatures) => {
    const mac = createHmac(verifier.algorithm, key);
    for (const part of signed) mac.update(part);
    const wanted = Buffer.from(mac.digest(verifier.encoding));
    return signatures.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
  };
}

/** What stands before the 32 bytes of a public key of ed25519. */
const ed25519Head = Buffer.from("302a300506032b6570032100", "hex");

const hashes = {
  ed25519: null,
  "ecdsa-p256": "sha256",
  "ecdsa-p384": "sha384",
  "rsa-sha256": "sha256",
} as const;
const kinds = { ed25519: "ed25519", "ecdsa-p256": "ec", "ecdsa-p384": "ec", "rsa-sha256": "rsa" } as const;
const curves: Readonly<Record<string, string>> = { "ecdsa-p256": "prime256v1", "ecdsa-p384": "secp384r1" };

/** The public key of a text; undefined: it is none, or one of another kind. */
function publicKey(
  { algorithm, publicKeyEncoding = "pem" }: AsymmetricVerifier,
  text: string,
): KeyObject | undefined {
  try {
    const raw = publicKeyEncoding === "raw-hex" ? "hex" : "base64";
    const der = publicKeyEncoding.startsWith("raw-")
      ? Buffer.concat([ed25519Head, Buffer.from(text.trim(), raw)])
      : Buffer.from(text, "base64");
    const key =
      publicKeyEncoding === "pem"
        ? createPublicKey(text)
        : createPublicKey({ key: der, format: "der", type: "spki" });
    const isKind = key.asymmetricKeyType === kinds[algorithm];
    return isKind && key.asymmetricKeyDetails?.namedCurve === curves[algorithm] ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyBy(verifier: AsymmetricVerifier, secret: string): Check | undefined {
  const key = publicKey(verifier, secret);
  if (key === undefined) return undefined;
  return (signed, signatures) => {
    const whole = Buffer.concat(signed.map((part) => Buffer.from(part)));
    const text = verifier.prehash === undefined ? whole : createHash(verifier.prehash).update(whole).digest();
    return signatures.some((each) => {
      const signature = Buffer.from(each.toString(), verifier.encoding);
      return signature.length > 0 && verify(hashes[verifier.algorithm], text, key, signature);
    });
  };
}

/** The token as it was sent. */
function tokenIn(verifier: Bearing, { headers, bytes, url }: Sent): string | undefined {
  if (verifier.scheme === "url-secret") return new URL(url).searchParams.get(verifier.paramName) ?? undefined;
  const { placement, fieldName = "" } = verifier;
  if (placement === "header") return headers.get(fieldName) ?? undefined;
  if (placement === "body") {
    const found = valueAt({ event: json(bytes), headers: {} }, ["event", ...fieldName.split(".")]);
    return typeof found === "string" ? found : undefined;
  }
  const [scheme = "", value = ""] = (headers.get("authorization") ?? "").split(/ (.*)/s);
  if (scheme.toLowerCase() !== placement) return undefined;
  return placement === "basic" ? Buffer.from(value, "base64").toString() : value;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Does a delivery bring one of the secrets along? */
export function hasToken(verifier: Bearing, delivery: Sent, secrets: readonly string[]): boolean {
  const token = tokenIn(verifier, delivery);
  if (token === undefined || token === "") return false;
  const password = verifier.placement === "basic" ? token.slice(token.indexOf(":") + 1) : token;
  return secrets
    .filter((secret) => secret !== "")
    .reduce((found, secret) => {
      const sent = verifier.placement === "basic" && secret.includes(":") ? token : password;
      return timingSafeEqual(digest(sent), digest(secret)) || found;
    }, false);
}

type Timestamp = NonNullable<Signed["timestamp"]>;

/** The time where it stands in the body, whose signature is right by now. */
function timeIn({ timestamp }: Signed, bytes: Uint8Array): string | undefined {
  if (timestamp?.source.from !== "body") return undefined;
  const name = "path" in timestamp.source ? timestamp.source.path : timestamp.source.name;
  const found = valueAt({ event: json(bytes), headers: {} }, ["event", ...name.split(".")]);
  return found === null ? undefined : String(found);
}

const forms = {
  iso8601: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
  "http-date": /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  unix: /^\d{1,15}$/,
};

/** A number in the sender's unit, a date as ISO 8601 writes it, or as HTTP does. */
function milliseconds({ unit, format }: Timestamp, text: string | undefined): number {
  const form = (["iso8601", "http-date", "unix"] as const).find(
    (name) => forms[name].test(text ?? "") && (format === undefined || format === name),
  );
  if (form === undefined || text === undefined) throw refused("The timestamp is missing or malformed.");
  const at = form === "unix" ? Number(text) * (unit === "milliseconds" ? 1 : 1_000) : Date.parse(text);
  if (Number.isNaN(at)) throw refused("The timestamp is missing or malformed.");
  return at;
}

const longestId = 256;

/** What names the event: of two deliveries with the same, the second starts nothing. Undefined: nothing does. */
export function eventIdOf({ verifier }: CheckedSource, delivered: Delivered): string | undefined {
  const { idempotencyField: field } = verifier;
  if (field === undefined) return undefined;
  const found =
    field.from === "body"
      ? valueAt(delivered, ["event", ...field.name.split(".")])
      : [field.name, ...(field.fallback ?? [])]
          .map((name) => delivered.headers[name.toLowerCase()])
          .find(Boolean);
  const id = typeof found === "number" ? String(found) : found;
  if (typeof id === "string" && id !== "" && id.length <= longestId) return id;
  if (field.from === "body" && (id === null || id === undefined)) return undefined;
  throw refused(`The event's id (${field.name}) is missing or malformed.`);
}
