/**
 * The client of calls from outside of runs, loaded with the first use: most processes that run tasks never make one.
 */
import type { ApiClient } from "./client.ts";
import { clientConfig } from "./config.ts";

/** The client for the configuration that holds now. */
export async function lazyClient(): Promise<ApiClient> {
  const config = clientConfig();
  return (await import("./client.ts")).apiClient(config);
}
