import { parse } from "csv-parse/sync";
import { task } from "holdfast";
import { order } from "../order.ts";

const url = process.env.STUB_URL;

export const withCsv = task({
  id: "csv-parse",
  run: async () => {
    const response = await fetch(`${url}/file.csv`);
    const records: { label: string; count: number }[] = parse(await response.text(), {
      columns: true,
      cast: true,
    });
    const receipts = [];
    for (const { label, count } of records) receipts.push([await order(label), count]);
    return receipts;
  },
});
