/**
 * Is a delivery signed as its provider signs? And what names its event.
 *
 * Owns:      the form of a source's options, and the check of a signature by them.
 * Never:     compares signatures in a time that depends on them, or looks into a body before its signature is right.
 * Invariant: the signature is that of the bytes that came, under one of the secrets.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { HoldfastError } from "../engine/errors.ts";
import { type Provider, providers } from "../sdk/webhook-providers.ts";
import type { HmacVerifier } from "../sdk/webhook-sources.ts";
import { json } from "./body.ts";
import type { HttpLog } from "./deps.ts";
import { type Delivered, valueAt } from "./webhook-filter.ts";

const text = z.string().min(1).max(256);
const fromHeader = z.strictObject({
  from: z.literal("header"),
  name: text,
  fallback: z.array(text).optional(),
});
const tolerance = z.int().min(1).max(86_400);
const verifierForm = z.strictObject({
  scheme: z.literal("hmac"),
  algorithm: z.enum(["sha256", "sha1", "sha512"]),
  encoding: z.enum(["hex", "base64"]),
  signatureHeader: text,
  additionalSignatureHeaders: z.array(text).max(4).optional(),
  signature: z
    .strictObject({
      itemSeparator: text.optional(),
      fieldSeparator: text.optional(),
      field: text.optional(),
    })
    .optional(),
  timestamp: z
    .strictObject({
      source: z.union([
        fromHeader,
        z.strictObject({ from: z.literal("signatureField"), field: text }),
        z.strictObject({ from: z.literal("body"), name: text }),
      ]),
      unit: z.enum(["seconds", "milliseconds"]).optional(),
      toleranceSeconds: tolerance.optional(),
    })
    .optional(),
  signingString: z.union([
    z.literal("raw"),
    z.strictObject({ template: text, vars: z.record(z.string(), fromHeader).optional() }),
  ]),
  secret: z
    .strictObject({ encoding: z.enum(["utf8", "base64"]).optional(), stripPrefix: text.optional() })
    .optional(),
  idempotencyField: z
    .strictObject({ from: z.enum(["header", "body"]), name: text, fallback: z.array(text).optional() })
    .optional(),
  formPayload: z.strictObject({ field: text }).optional(),
});
const optionsForm = z.strictObject({
  secret: text.optional(),
  toleranceSeconds: tolerance.optional(),
  verifier: verifierForm.optional(),
});

/** A source, ready to check by. */
export interface CheckedSource {
  readonly setting: string;
  readonly verifier: HmacVerifier;
  readonly handshake: Provider["handshake"];
  readonly toleranceSeconds: number;
}

const usualTolerance = 300;

/** @throws HoldfastError HF406 for options that are not valid */
export function checkedSource(provider: string, given: Readonly<Record<string, unknown>>): CheckedSource {
  const options = optionsForm.safeParse(given);
  const known = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  const verifier = (options.data?.verifier as HmacVerifier | undefined) ?? known?.verifier;
  const setting = options.data?.secret ?? known?.setting;
  if (!options.success || verifier === undefined || setting === undefined || !isVerifiable(verifier)) {
    const why = options.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ");
    const what = `The source of this webhook (${provider}) is not valid. ${why ?? "It lacks the name of its secret's setting, or signs no body."}`;
    throw new HoldfastError("HF406", what, "Correct the options of the source in the task's file.");
  }
  const toleranceSeconds =
    options.data.toleranceSeconds ?? verifier.timestamp?.toleranceSeconds ?? usualTolerance;
  return { setting, verifier, handshake: known?.handshake, toleranceSeconds };
}

/** A signature that is not made of the body would let any body in. */
const isVerifiable = ({ signingString: signed, timestamp }: HmacVerifier): boolean =>
  signed === "raw" ||
  (signed.template.includes("{body}") &&
    !(timestamp?.source.from === "body" && signed.template.includes("{timestamp}")));

function refused(what: string): HoldfastError {
  const fix = "Sign with the secret of the webhook's setting, over the very bytes that are sent.";
  return new HoldfastError("HF204", what, fix);
}

/**
 * Checks a delivery.
 * @throws HoldfastError HF204 when it is not signed with one of the secrets, HF205 when it is too old or too new
 */
export function verifySource(
  { setting, verifier, toleranceSeconds }: CheckedSource,
  delivery: { readonly headers: Headers; readonly bytes: Uint8Array },
  secrets: readonly string[],
  now: number,
  log: HttpLog,
): void {
  const keys = secrets.flatMap((secret) => keyOf(verifier, secret, setting, log) ?? []);
  if (keys.length === 0)
    throw new HoldfastError(
      "HF204",
      "No secret is set for this webhook.",
      `Set ${setting} to the provider's secret.`,
    );
  const { signatures, time } = signaturesIn(verifier, delivery.headers);
  if (signatures.length === 0) throw refused("The signature is missing or malformed.");
  const signed = signedBytes(verifier, delivery, time);
  const isSigned = keys.reduce((found, key) => {
    const mac = createHmac(verifier.algorithm, key);
    for (const part of signed) mac.update(part);
    const wanted = Buffer.from(mac.digest(verifier.encoding));
    const matches = signatures.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
    return matches || found;
  }, false);
  if (!isSigned) throw refused("The signature is wrong.");
  const at = verifier.timestamp && milliseconds(verifier.timestamp, time ?? timeIn(verifier, delivery.bytes));
  if (at === undefined || Math.abs(now - at) <= toleranceSeconds * 1_000) return;
  const fix = `Set the sender's clock, or have the delivery sent again: it must arrive within ${toleranceSeconds} s of its timestamp.`;
  const what = `The delivery's timestamp is more than ${toleranceSeconds} s ${at < now ? "old" : "ahead"}.`;
  throw new HoldfastError("HF205", what, fix);
}

/** A secret that cannot be one must not let the others down; an empty one would let everybody in. */
function keyOf(
  { secret: form = {} }: HmacVerifier,
  secret: string,
  setting: string,
  log: HttpLog,
): Buffer | undefined {
  const { encoding = "utf8", stripPrefix = "" } = form;
  const plain = secret.startsWith(stripPrefix) ? secret.slice(stripPrefix.length) : secret;
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(plain);
  if (plain !== "" && (encoding === "utf8" || isBase64)) return Buffer.from(plain, encoding);
  log.error("A webhook's secret does not have the expected form; it is not used.", {
    code: "HF406",
    setting,
  });
  return undefined;
}

const mostSignatures = 16;

/** The signatures of the header, and the time where it stands among them. */
function signaturesIn(
  { signatureHeader, additionalSignatureHeaders = [], signature = {}, timestamp }: HmacVerifier,
  headers: Headers,
): { readonly signatures: readonly Buffer[]; readonly time: string | undefined } {
  const { itemSeparator, fieldSeparator, field } = signature;
  const given = [signatureHeader, ...additionalSignatureHeaders].flatMap((name) => headers.get(name) ?? []);
  const items = given.flatMap((value) =>
    itemSeparator === undefined ? [value] : value.split(itemSeparator),
  );
  const fields = items.map((item) => {
    const at = fieldSeparator === undefined ? -1 : item.indexOf(fieldSeparator);
    const name = at < 0 ? undefined : item.slice(0, at).trim();
    return { name, value: item.slice(at < 0 ? 0 : at + (fieldSeparator ?? "").length).trim() };
  });
  const signatures = fields.flatMap(({ name, value }) =>
    value !== "" && name === field ? [Buffer.from(value)] : [],
  );
  const source = timestamp?.source;
  const time =
    source?.from === "header"
      ? headerOf(headers, source)
      : fields.find(({ name }) => source?.from === "signatureField" && name === source.field)?.value;
  return { signatures: signatures.slice(0, mostSignatures), time };
}

function headerOf(
  headers: Headers,
  { name, fallback = [] }: { readonly name: string; readonly fallback?: readonly string[] },
): string | undefined {
  const found = [name, ...fallback].find((each) => headers.has(each));
  return found === undefined ? undefined : (headers.get(found) ?? undefined);
}

type Timestamp = NonNullable<HmacVerifier["timestamp"]>;

/** The time where it stands in the body, whose signature is right by now. */
function timeIn({ timestamp }: HmacVerifier, bytes: Uint8Array): string | undefined {
  if (timestamp?.source.from !== "body") return undefined;
  const path = ["event", ...timestamp.source.name.split(".")];
  const found = valueAt({ event: json(bytes), headers: {} }, path);
  return found === null ? undefined : String(found);
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** A number in the sender's unit, or a date as ISO 8601 writes it. */
function milliseconds({ unit }: Timestamp, time: string | undefined): number {
  if (time !== undefined && isoTime.test(time)) return Date.parse(time);
  if (time === undefined || !/^\d{1,15}$/.test(time)) throw refused("The timestamp is missing or malformed.");
  return Number(time) * (unit === "milliseconds" ? 1 : 1_000);
}

/** What was signed, in parts: the body is never turned into text. */
function signedBytes(
  { signingString }: HmacVerifier,
  { headers, bytes }: { readonly headers: Headers; readonly bytes: Uint8Array },
  time: string | undefined,
): readonly (Uint8Array | string)[] {
  if (signingString === "raw") return [bytes];
  const { template, vars = {} } = signingString;
  return template.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return part;
    if (name === "body") return bytes;
    const value = name === "timestamp" ? time : vars[name] && headerOf(headers, vars[name]);
    if (value === undefined || value === "") throw refused(`The header for {${name}} is missing.`);
    return value;
  });
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
