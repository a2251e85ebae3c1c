import { task } from "holdfast";
import { z } from "zod";
import { order } from "../order.ts";

const url = process.env.STUB_URL;

const Order = z.object({ receipt: z.string(), label: z.string().length(1), at: z.coerce.date() });

export const withZod = task({
  id: "zod",
  run: async () => {
    const response = await fetch(`${url}/orders/z`, { method: "POST" });
    const { receipt, at } = Order.parse(await response.json());
    const checked = await Order.extend({
      receipt: z.string().refine(async (text) => text === receipt),
    }).safeParseAsync({
      receipt,
      label: "z",
      at,
    });
    const more = await order("y");
    return [receipt, at.getUTCFullYear(), checked.success, more];
  },
});
