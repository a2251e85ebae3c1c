/** What `webhooks.constructEvent` throws: an alert is not signed with the secret, or is none. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}
