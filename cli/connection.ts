/**
 * Finds the server that a command talks to, and the key to it: flags, then environment, then the data folder.
 */
import { resolve } from "node:path";
import { defaultPort } from "../local/config.ts";
import { keptKeys } from "../local/keys.ts";
import { lockHolder } from "../local/lock.ts";
import { type ApiClient, apiClient } from "../sdk/client.ts";
import type { Cli, ServerOptions } from "./command.ts";

/** A client of the server that the options, the environment or the data folder name. */
export function connect({ config }: Cli, options: ServerOptions): ApiClient {
  const folder = resolve(options.data);
  const here = lockHolder(folder)?.url;
  const baseUrl = options.url ?? config.url ?? here ?? `http://127.0.0.1:${defaultPort}`;
  // The key of this folder is for the server of this folder: it is sent nowhere else.
  const isHere = here !== undefined && new URL(baseUrl).origin === new URL(here).origin;
  const secretKey = options.key ?? config.secretKey ?? (isHere ? keptKeys(folder).secretKey : undefined);
  return apiClient({ baseUrl, secretKey });
}
