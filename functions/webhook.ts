/**
 * Deliveries of webhooks: is the signature good (Standard Webhooks), and what is the payload.
 *
 * Owns:      the check of `webhook-id`, `webhook-timestamp` and `webhook-signature`.
 * Never:     compares signatures in a time that depends on them; takes a delivery that is older or newer than 5 minutes.
 * Invariant: the signature is that of the bytes that came; the payload is made from the same bytes.
 */
import { timingSafeEqual } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { HoldfastError } from "../engine/errors.ts";
import { json, utf8 } from "./body.ts";
import type { HttpLog } from "./deps.ts";
import { FormError } from "./problem.ts";

const toleranceSeconds = 5 * 60;

/** The headers of a signed delivery. */
export interface DeliveryHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

function refused(what: string): HoldfastError {
  const fix =
    "Sign with the task's whsec_… secret as standardwebhooks.com says, over the very bytes that are sent, or send `Authorization: Bearer <key>`.";
  return new HoldfastError("HF204", what, fix);
}

/** A secret that is no base64 must not let the others down. */
function signer(secret: string, log: HttpLog): Webhook | undefined {
  try {
    return new Webhook(secret);
  } catch {
    log.error("A webhook secret is not of the form whsec_<base64>; it is not used.", { code: "HF406" });
    return undefined;
  }
}

/**
 * Checks a delivery.
 * @returns The delivery's id.
 * @throws HoldfastError HF204 when it is not signed by one of the secrets, HF205 when it is too old or too new.
 */
export function verifyDelivery(
  { id, timestamp, signature }: DeliveryHeaders,
  bytes: Uint8Array,
  secrets: readonly string[] | undefined,
  now: number,
  log: HttpLog,
): string {
  const signers = (secrets ?? []).flatMap((secret) => signer(secret, log) ?? []);
  if (signers.length === 0) {
    const fix =
      "Set HOLDFAST_WEBHOOK_SECRET=whsec_… (or the setting that the task's webhookSecret names), or send `Authorization: Bearer <key>`.";
    throw new HoldfastError("HF204", "No webhook secret is set for this task.", fix);
  }
  if (!id || id.length > 256 || !signature || !/^\d{1,15}$/.test(timestamp ?? "")) {
    throw refused(
      "The headers webhook-id, webhook-timestamp and webhook-signature are missing or malformed.",
    );
  }
  const seconds = Number(timestamp);
  const text = utf8(bytes);
  // Bytes that are no text have no signature: the library signs text, and replacement characters would sign another.
  if (text === undefined || !isSigned(signers, id, seconds, text, signature))
    throw refused("The signature is wrong.");
  if (Math.abs(now / 1_000 - seconds) > toleranceSeconds) {
    const fix =
      "Set the sender's clock, or have the delivery sent again: it must arrive within 5 minutes of its timestamp.";
    throw new HoldfastError(
      "HF205",
      `The delivery's timestamp is more than 5 minutes ${seconds * 1_000 < now ? "old" : "ahead"}.`,
      fix,
    );
  }
  return id;
}

/** A header may hold several signatures, of several secrets: that is how senders rotate them. */
function isSigned(
  signers: readonly Webhook[],
  id: string,
  seconds: number,
  text: string,
  header: string,
): boolean {
  const given = header
    .split(" ")
    .filter((each) => each.startsWith("v1,"))
    .map((each) => Buffer.from(each));
  return signers.reduce((found, each) => {
    const wanted = Buffer.from(each.sign(id, new Date(seconds * 1_000), text));
    const matches = given.some(
      (signature) => signature.length === wanted.length && timingSafeEqual(signature, wanted),
    );
    return matches || found;
  }, false);
}

/**
 * The payload of a delivery: its JSON when it says that it is JSON, else its text.
 * @throws HoldfastError HF201 for malformed JSON, FormError HF207 for bytes that are no text.
 */
export function payloadOf(contentType: string | undefined, bytes: Uint8Array): unknown {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || type.endsWith("+json")) return json(bytes);
  const text = utf8(bytes);
  if (text !== undefined) return text;
  const issue = { path: "", message: "Is not UTF-8 text." };
  throw new FormError(
    "The body is not UTF-8 text.",
    "Send text or JSON; put binary data somewhere and send a reference to it.",
    [issue],
  );
}
