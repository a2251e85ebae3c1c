/**
 * `webhooks.constructEvent`: what Trigger.dev's own alerts send, checked as it signs them.
 *
 * Never: reads a body before its signature is right.
 */

import { WebhookError } from "./webhook-error.ts";

/** The header that the signature of an alert is in. */
export const alertSignatureHeader = "x-trigger-signature-hmacsha256";

/** A request, or its bytes and its signature. */
export type AlertRequest =
  | Request
  | {
      /** The body as it came. */
      readonly payload: string | Uint8Array;
      /** The value of `x-trigger-signature-hmacsha256`. */
      readonly header: string | Uint8Array | readonly string[];
    };

/** An alert. */
export interface AlertWebhook {
  readonly id: string;
  readonly created: Date;
  readonly webhookVersion: string;
  /** `alert.run.failed`, `alert.deployment.success` or `alert.deployment.failed`. */
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

const encoder = new TextEncoder();
const bytesOf = (value: string | Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(typeof value === "string" ? encoder.encode(value) : value);
const textOf = (value: string | Uint8Array): string =>
  typeof value === "string" ? value : new TextDecoder().decode(value);

async function partsOf(
  request: AlertRequest,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; signature: string }> {
  if (request instanceof Request) {
    const signature = request.headers.get(alertSignatureHeader);
    if (signature === null) throw new WebhookError(`The header ${alertSignatureHeader} is missing.`);
    return { bytes: new Uint8Array(await request.arrayBuffer()), signature };
  }
  const { payload, header } = request;
  if (typeof header !== "string" && !(header instanceof Uint8Array))
    throw new WebhookError("The signature is no text.");
  return { bytes: bytesOf(payload), signature: textOf(header) };
}

/** The bytes of a text in hex; undefined: it is none. */
function hexBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The form that all alerts have. */
function alertIn(text: string): AlertWebhook {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new WebhookError("The body is no JSON.");
  }
  const { id, created, webhookVersion, type, object } = (found ?? {}) as Record<string, unknown>;
  const at = new Date(created as string);
  const isAlert = isText(id) && isText(webhookVersion) && isText(type) && typeof object === "object";
  if (!isAlert || object === null || Number.isNaN(at.getTime()))
    throw new WebhookError("The body is no alert.");
  return { id, created: at, webhookVersion, type, object: object as AlertWebhook["object"] };
}

/** @throws WebhookError */
export async function constructAlert(request: AlertRequest, secret: string): Promise<AlertWebhook> {
  if (!isText(secret)) throw new WebhookError("The secret is missing.");
  const { bytes, signature } = await partsOf(request);
  const name = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), name, false, ["verify"]);
  const given = hexBytes(signature);
  // Compares in a time that does not depend on the signature.
  if (given === undefined || !(await crypto.subtle.verify("HMAC", key, given, bytes)))
    throw new WebhookError("The signature is wrong.");
  return alertIn(textOf(bytes));
}
