import { idempotencyKey } from "holdfast";
import { type Order, Refused } from "./order.ts";

const payments = process.env.PAYMENT_URL ?? "http://127.0.0.1:4002";

export interface Payment {
  readonly id: string;
}

/** Takes the money. A charge that was interrupted is made again with the same idempotency key. */
export async function charge(order: Order): Promise<Payment> {
  const response = await fetch(`${payments}/charges`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ amount: order.amount, card: order.card }),
  });
  if (response.status === 402) throw new Refused("The card was declined.");
  if (!response.ok) throw new Error(`Payment answered ${response.status}.`);
  return (await response.json()) as Payment;
}

/** Gives the money back. */
export async function refund(payment: Payment): Promise<void> {
  const response = await fetch(`${payments}/refunds`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ payment: payment.id }),
  });
  if (!response.ok) throw new Error(`Payment answered ${response.status}.`);
}
