/**
 * Waiters from outside of runs: over HTTP, with the configured key.
 */
import type { CanceledWaiter } from "../engine/waiters.ts";
import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import { keyText } from "./key-forms.ts";
import { tokenId } from "./tokens.ts";
import { timeText } from "./trigger-body.ts";
import type { CreateWebhookWaiterOptions, WebhookEndpoint, WebhookWaiter } from "./webhooks.ts";

const base = "/api/v1/webhooks";

/** Makes a waiter. Every try of one call makes the same one. */
export async function createWaiterOutside<Event>(
  endpoint: WebhookEndpoint<Event>,
  options: CreateWebhookWaiterOptions = {},
): Promise<WebhookWaiter<Event>> {
  const { timeout, idempotencyKey, idempotencyKeyTTL, ...rest } = options;
  const body = JSON.stringify({
    ...rest,
    ...(timeout === undefined ? {} : { timeout: timeText(timeout) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: keyText(idempotencyKey) }),
    ...(idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTTL: timeText(idempotencyKeyTTL) }),
  });
  const path = `${base}/endpoints/${encodeURIComponent(endpoint.id)}/waiters`;
  const headers = { "x-trigger-request-idempotency-key": crypto.randomUUID() };
  const made = await askApi<Omit<WebhookWaiter, "expiresAt"> & { readonly expiresAt: string }>(
    clientConfig(),
    {
      ...{ method: "POST", path, body, headers },
    },
  );
  return { ...made, expiresAt: new Date(made.expiresAt) } as WebhookWaiter<Event>;
}

/** Cancels a waiter. */
export async function cancelWaiterOutside(waiter: WebhookWaiter | string): Promise<CanceledWaiter> {
  const path = `${base}/waiters/${encodeURIComponent(tokenId(waiter))}/cancel`;
  return askApi<CanceledWaiter>(clientConfig(), { method: "POST", path, body: "{}" });
}
