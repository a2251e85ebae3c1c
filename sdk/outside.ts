/**
 * Triggering from outside a run: over HTTP, with the configured key.
 */
import { type ApiTriggerOptions, apiClient } from "./client.ts";
import { clientConfig } from "./config.ts";

/** Options of `trigger`. */
export type TriggerOptions = ApiTriggerOptions;

/** What `trigger` gives. */
export interface RunHandle<Id extends string = string> {
  readonly id: string;
  readonly taskIdentifier: Id;
  /** A run with this idempotency key was there already. */
  readonly isCached: boolean;
}

/** The client for the configuration that holds now. */
export function configuredClient() {
  return apiClient(clientConfig());
}

export async function triggerOutside<Id extends string>(
  id: Id,
  payload: unknown,
  options?: TriggerOptions,
): Promise<RunHandle<Id>> {
  const answer = await configuredClient().trigger(id, payload, options);
  return { id: answer.id, taskIdentifier: id, isCached: answer.isCached };
}
