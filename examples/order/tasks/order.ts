import { task } from "holdfast";
import { bookParcel } from "../carrier.ts";
import { sendConfirmation } from "../mail.ts";
import { type Order, Refused } from "../order.ts";
import { charge, type Payment, refund } from "../payment.ts";
import { release, reserve } from "../stock.ts";

export const order = task({
  id: "order",
  retry: { maxAttempts: 3, minTimeoutInMs: 500 },
  run: async (order: Order) => {
    const reservation = await reserve(order);
    let payment: Payment | undefined;
    try {
      payment = await charge(order);
      const parcel = await bookParcel(order);
      await sendConfirmation(order, parcel.tracking);
      return { status: "shipped", tracking: parcel.tracking };
    } catch (error) {
      if (!(error instanceof Refused)) throw error; // something is down: try again, undo nothing
      if (payment) await refund(payment);
      await release(reservation);
      return { status: "refused", reason: error.message };
    }
  },
});
