/** What the page of webhooks shows: an address of a provider, one that nobody has given a secret, and a task that names one. */
import { task, webhook, webhooks } from "holdfast";

export const payments = webhook({
  id: "payments",
  source: webhooks.stripe(),
  filter: "event.type == 'paid'",
  onEvent: async () => {},
});

export const issues = webhook({ id: "issues", source: webhooks.github(), onEvent: async () => {} });

export const letter = task({ id: "letter", webhookSecret: "LETTER_SECRET", run: async () => {} });
