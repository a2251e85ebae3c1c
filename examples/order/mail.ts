import { idempotencyKey } from "holdfast";
import type { Order } from "./order.ts";

const mail = process.env.MAIL_URL ?? "http://127.0.0.1:4004";

/** Tells the customer that the parcel is on its way. */
export async function sendConfirmation(order: Order, tracking: string): Promise<void> {
  const response = await fetch(`${mail}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ to: order.email, text: `Order ${order.number} is on its way: ${tracking}` }),
  });
  if (!response.ok) throw new Error(`Mail answered ${response.status}.`);
}
