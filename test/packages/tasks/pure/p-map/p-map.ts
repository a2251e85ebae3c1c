import { task } from "holdfast";
import pMap from "p-map";
import { order } from "../order.ts";

export const withMap = task({
  id: "p-map",
  run: async () => {
    const mapper = async (label: string) => (await order(label)).toUpperCase();
    return await pMap(["a", "b", "c", "d"], mapper, { concurrency: 2 });
  },
});
