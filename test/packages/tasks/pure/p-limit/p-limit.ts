import { task } from "holdfast";
import pLimit from "p-limit";
import { order } from "../order.ts";

export const withLimit = task({
  id: "p-limit",
  run: async () => {
    const limit = pLimit(2);
    const input = ["a", "b", "c", "d"].map((label) => limit(() => order(label)));
    return await Promise.all(input);
  },
});
