import { task } from "holdfast";
import { parseOffers } from "../offers.ts";

export const scrape = task({
  id: "scrape",
  retry: { maxAttempts: 5, factor: 2, minTimeoutInMs: 200, maxTimeoutInMs: 5_000, randomize: true },
  run: async ({ url }: { url: string }) => {
    const page = await fetch(url).then((r) => r.text());
    return parseOffers(page);
  },
});
