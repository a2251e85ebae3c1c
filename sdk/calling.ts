/**
 * Calls to the server, whose code is loaded with the first one: inside a run there is hardly any.
 */
import type { ApiClientConfig, Call, CallOptions } from "./http-call.ts";

const code = () => import("./http-call.ts");

/** One call, for an answer that is JSON. @throws as `http-call.ts` says */
export async function askApi<T>(config: ApiClientConfig, call: Call): Promise<T> {
  return (await code()).askApi<T>(config, call);
}

/** Fetches a link that is its own key. @throws as `http-call.ts` says */
export async function fetchLink(
  config: ApiClientConfig,
  link: string,
  options: CallOptions,
): Promise<string> {
  return (await code()).fetchLink(config, link, options);
}
