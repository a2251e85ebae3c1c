/**
 * Finds the server that a command talks to, and the key to it: flags, then environment, then the data folder. With
 * `--stack` it is a project in AWS, and no key is needed.
 */
import { resolve } from "node:path";
import { defaultPort } from "../local/config.ts";
import { type ApiClient, type ApiClientConfig, apiClient } from "../sdk/client.ts";
import { stackConfig } from "./aws.ts";
import type { Cli, ServerOptions } from "./command.ts";
import { UsageError } from "./failure.ts";

/** Loaded when they are needed: a command that only prints its help does not wait for SQLite. */
async function folderReaders() {
  const [{ keptKeys }, { lockHolder }] = await Promise.all([
    import("../local/keys.ts"),
    import("../local/lock.ts"),
  ]);
  return { keptKeys, lockHolder };
}

/** Which server the options, the environment or the data folder name. @throws UsageError for two at once */
export async function serverOf({ config }: Cli, options: ServerOptions): Promise<ApiClientConfig> {
  if (options.stack !== undefined) {
    if (options.url === undefined && options.key === undefined) return stackConfig(options.stack);
    const fix = "Give --stack alone: AWS lets you in, and the stack says where.";
    throw new UsageError("--stack is given with --url or --key.", fix);
  }
  const folder = resolve(options.data);
  const { keptKeys, lockHolder } = await folderReaders();
  const here = lockHolder(folder)?.url;
  const baseUrl = options.url ?? config.url ?? here ?? `http://127.0.0.1:${defaultPort}`;
  // The key of this folder is for the server of this folder: it is sent nowhere else.
  const isHere =
    here !== undefined && URL.canParse(baseUrl) && new URL(baseUrl).origin === new URL(here).origin;
  const secretKey = options.key ?? config.secretKey ?? (isHere ? keptKeys(folder).secretKey : undefined);
  return { baseUrl, secretKey };
}

/** A client of that server. @throws UsageError for two at once */
export async function connect(cli: Cli, options: ServerOptions): Promise<ApiClient> {
  return apiClient(await serverOf(cli, options));
}

/** The SDK's own calls, to that server. @throws UsageError for two at once */
export async function sdkOf(cli: Cli, options: ServerOptions) {
  const { baseUrl, secretKey, transport } = await serverOf(cli, options);
  const { concurrencyLimits, configure, queues, schedules } = await import("../sdk/index.ts");
  if (transport !== undefined) configure({ transport });
  else configure({ baseURL: baseUrl, ...(secretKey === undefined ? {} : { secretKey }) });
  return { concurrencyLimits, queues, schedules };
}
