import { parse } from "csv-parse/sync";
import DataLoader from "dataloader";
import { addDays, format } from "date-fns";
import { task } from "holdfast";
import pLimit from "p-limit";
import pMap from "p-map";
import pRetry, { AbortError } from "p-retry";
import { z } from "zod";

const url = process.env.STUB_URL;

async function order(label: string): Promise<string> {
  const response = await fetch(`${url}/orders/${label}`, { method: "POST" });
  if (!response.ok) throw new Error(`order ${label}: ${response.status}`);
  const { receipt } = await response.json();
  return receipt;
}

export const withLimit = task({
  id: "p-limit",
  run: async () => {
    const limit = pLimit(2);
    const input = ["a", "b", "c", "d"].map((label) => limit(() => order(label)));
    return await Promise.all(input);
  },
});

export const withMap = task({
  id: "p-map",
  run: async () => {
    const mapper = async (label: string) => (await order(label)).toUpperCase();
    return await pMap(["a", "b", "c", "d"], mapper, { concurrency: 2 });
  },
});

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

export const withRetry = task({
  id: "p-retry",
  run: async () => {
    const run = async () => {
      const response = await fetch(`${url}/shaky`, { method: "POST" });
      if (response.status === 404) throw new AbortError(response.statusText);
      if (!response.ok) throw new Error(`shaky: ${response.status}`);
      return response.json();
    };
    const { receipt } = await pRetry(run, { retries: 5, minTimeout: 10, maxTimeout: 20 });
    return receipt;
  },
});

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

export const withDates = task({
  id: "date-fns",
  run: async () => {
    const due = format(addDays(new Date("2026-01-30T12:00:00Z"), 3), "yyyy-MM-dd");
    return [await order(`due-${due}`), await order("after")];
  },
});

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
