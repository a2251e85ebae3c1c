import { idempotencyKey } from "holdfast";
import { type Order, Refused } from "./order.ts";

const carrier = process.env.CARRIER_URL ?? "http://127.0.0.1:4003";

export interface Parcel {
  readonly tracking: string;
}

/** Has the parcel fetched. */
export async function bookParcel(order: Order): Promise<Parcel> {
  const response = await fetch(`${carrier}/parcels`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey() },
    body: JSON.stringify({ address: order.address }),
  });
  if (response.status === 422) throw new Refused("The carrier does not know the address.");
  if (!response.ok) throw new Error(`The carrier answered ${response.status}.`);
  return (await response.json()) as Parcel;
}
