/**
 * Sends data to an input stream of a run, over HTTP: by callers, tasks and pages alike.
 */
import { askApi } from "./calling.ts";
import type { ApiClientConfig } from "./http-call.ts";

/** Sends to a run's input stream with a key, or a token for browsers. */
export async function sendBy(
  config: ApiClientConfig,
  runId: string,
  stream: string,
  data: unknown,
): Promise<void> {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("");
  const headers = { "x-trigger-request-idempotency-key": key };
  const path = `/realtime/v1/streams/${[runId, stream].map(encodeURIComponent).join("/input/")}`;
  await askApi(config, { method: "POST", path, body: JSON.stringify({ data }), headers });
}
