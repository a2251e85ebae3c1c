import { task } from "@trigger.dev/sdk/v3";
import { idempotencyKey } from "holdfast";

const billing = process.env.BILLING_URL ?? "http://127.0.0.1:4006";

export const sendInvoice = task({
  id: "send-invoice",
  retry: { maxAttempts: 5, minTimeoutInMs: 200 },
  run: async ({ customer, month }: { customer: string; month: string }) => {
    const response = await fetch(`${billing}/invoices`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
      body: JSON.stringify({ customer, month }),
    });
    if (!response.ok) throw new Error(`Billing answered ${response.status} for ${customer}.`);
    return (await response.json()) as { customer: string; amount: number };
  },
});
