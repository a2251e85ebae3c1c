/**
 * The client of calls from outside of runs, where it is loaded anyway; elsewhere see `lazy-client.ts`.
 */
import { apiClient } from "./client.ts";
import { clientConfig } from "./config.ts";

/** The client for the configuration that holds now. */
export function configuredClient() {
  return apiClient(clientConfig());
}
