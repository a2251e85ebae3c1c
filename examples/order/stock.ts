import { idempotencyKey } from "holdfast";
import { type Order, Refused } from "./order.ts";

const stock = process.env.STOCK_URL ?? "http://127.0.0.1:4001";

export interface Reservation {
  readonly id: string;
}

/** Puts the goods aside. */
export async function reserve(order: Order): Promise<Reservation> {
  const response = await fetch(`${stock}/reservations`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ sku: order.sku }),
  });
  if (response.status === 409) throw new Refused("The goods are sold out.");
  if (!response.ok) throw new Error(`Stock answered ${response.status}.`);
  return (await response.json()) as Reservation;
}

/** Puts the goods back. */
export async function release(reservation: Reservation): Promise<void> {
  const response = await fetch(`${stock}/releases`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ reservation: reservation.id }),
  });
  if (!response.ok) throw new Error(`Stock answered ${response.status}.`);
}
