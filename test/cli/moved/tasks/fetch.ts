import { logger, retry, task } from "@trigger.dev/sdk";
export const fetcher = task({
  id: "fetcher",
  run: async (payload: { url: string }) => {
    const response = await retry.fetch(payload.url, {
      retry: {
        byStatus: {
          "500-599": {
            strategy: "backoff",
            maxAttempts: 4,
            factor: 1.5,
            minTimeoutInMs: 10,
            maxTimeoutInMs: 50,
            randomize: false,
          },
        },
      },
    });
    const json = (await response.json()) as { hits: number };
    logger.info("Fetched", { json });
    return json;
  },
});
