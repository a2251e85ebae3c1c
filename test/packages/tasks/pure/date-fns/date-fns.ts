import { addDays, format } from "date-fns";
import { task } from "holdfast";
import { order } from "../order.ts";

export const withDates = task({
  id: "date-fns",
  run: async () => {
    const due = format(addDays(new Date("2026-01-30T12:00:00Z"), 3), "yyyy-MM-dd");
    return [await order(`due-${due}`), await order("after")];
  },
});
