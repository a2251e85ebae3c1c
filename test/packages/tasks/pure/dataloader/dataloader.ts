import DataLoader from "dataloader";
import { task } from "holdfast";
import { order } from "../order.ts";

const url = process.env.STUB_URL;

export const withLoader = task({
  id: "dataloader",
  run: async () => {
    const read = async (name: string) => {
      const response = await fetch(`${url}/${name}`);
      return { name, length: (await response.text()).length, seen: 0 };
    };
    const files = new DataLoader(async (names: readonly string[]) => Promise.all(names.map(read)));
    const names = ["file.csv", "file.csv", "file.csv?more"];
    const [first, again, other] = await Promise.all(names.map((name) => files.load(name)));
    if (first) first.seen++;
    const receipt = await order("l");
    return [first === again, again, other, receipt];
  },
});
