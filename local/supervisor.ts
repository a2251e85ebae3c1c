/**
 * The process that runs everything on one machine: lock, port, code, and what is served of it (`service.ts`).
 *
 * Owns:      the order in which they start and end.
 * Never:     executes an author's function, or loads ahead of the build what only `service.ts` needs.
 * Invariant: whatever fails while it starts, nothing of it stays behind.
 */

import type { RequestListener } from "node:http";
import { realClock } from "./clock.ts";
import { type LocalConfig, type LocalOptions, localConfig } from "./config.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { type ProjectKeys, projectKeys } from "./keys.ts";
import { endLeftovers } from "./leftovers.ts";
import { lockFolder } from "./lock.ts";
import { removeUnfinished } from "./old-bundles.ts";
import { Parts } from "./parts.ts";
import type { ReplayReport } from "./replay-check/told.ts";
import { keepEnvFile } from "./secret-changes.ts";
import { listenOn } from "./server.ts";
import type { BegunCode, CodeSource } from "./source.ts";
import { Spares } from "./spares.ts";

/** How long requests at work may take then to be answered. */
const answersMs = 1_000;

/** What a supervisor is told. */
export interface SupervisorOptions extends LocalOptions {
  /** Everything that lasts is in this folder. */
  readonly dataDir: string;
  /** The folder of the task files. */
  readonly dir: string;
  /** What `.env` says, by name: a version of the secrets is made of it. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the code comes from, if not from those files. */
  readonly source?: CodeSource;
  /** Build again when a file changes. */
  readonly watch: boolean;
  /** Further values of the Host header to answer to: the name of a proxy or tunnel in front. */
  readonly allowedHosts?: readonly string[];
  /** Lines for people. */
  readonly log: (line: string) => void;
  /** Gets a link that signs in to the dashboard once, and another as soon as it is used. Without it there is none. */
  readonly onSignInLink?: (link: string) => void;
  /** Has finished runs replayed in the background, and is told what is not as it was. Without it none is. */
  readonly onReplay?: (report: ReplayReport) => void;
}

/** A supervisor at work. */
export interface Supervisor {
  readonly url: string;
  /** The ids of the tasks that it began with. */
  readonly tasks: readonly string[];
  readonly keys: ProjectKeys & { readonly made: boolean };
  /** Lets passes end for up to 5 s, or, at a second call, not any longer. */
  close(): Promise<void>;
}

/** Code in tasks that looks at runs and tokens calls this server, unless the environment names another. */
function callingHere(config: LocalConfig, url: string, { secretKey }: ProjectKeys): LocalConfig {
  const { env } = config;
  const isElsewhere = (env.HOLDFAST_API_URL ?? env.TRIGGER_API_URL) !== undefined;
  if (isElsewhere) return config;
  return { ...config, env: { ...env, HOLDFAST_API_URL: url, HOLDFAST_SECRET_KEY: secretKey } };
}

/** Listens before anything else is begun: a port that is in use is told at once. What is asked until then waits. */
async function listen(port: number, parts: Parts) {
  let serve: (listener: RequestListener) => void = () => {};
  const serving = new Promise<RequestListener>((resolve) => {
    serve = resolve;
  });
  const server = await listenOn(port, async (incoming, outgoing) => {
    const listener = await serving;
    // Whoever has not waited gets no answer, and nothing is done for him.
    if (!outgoing.destroyed) listener(incoming, outgoing);
  });
  parts.add(() => server.close(0));
  return { server, serve };
}

/** Begins to build. */
async function begin(options: SupervisorOptions): Promise<BegunCode> {
  const { beginCode, folderSource } = await import("./source.ts");
  return beginCode(options.source ?? folderSource({ ...options, isDev: options.watch }), options.watch);
}

async function open(options: SupervisorOptions, parts: Parts): Promise<Supervisor> {
  const config = localConfig(options);
  const dataFolder = await prepareDataFolder(options.dataDir);
  const lock = lockFolder(dataFolder);
  parts.add(() => lock.release());
  const { server, serve } = await listen(config.port, parts);
  const keys = projectKeys(dataFolder, config);
  const here = callingHere(config, server.url, keys);
  const spares = new Spares(here.env, here.runnerMemoryMb);
  parts.add(() => spares.end());
  spares.begin();
  const begun = await begin(options);
  parts.add(() => begun.close());
  // What else is needed is loaded while esbuild's process works. Before, it would wait for what it asks this one about each file.
  await begun.read;
  const [{ startService }] = await Promise.all([
    import("./service.ts"),
    begun.first,
    endLeftovers(dataFolder, { clock: realClock(), log: options.log }),
    removeUnfinished(dataFolder),
  ]);
  keys.keep();
  keepEnvFile(dataFolder, Date.now(), options.secrets ?? {});
  const place = { dataFolder, spares, url: server.url, callers: server.callers };
  const { listener, tasks } = await startService(here, options, { place, keys, begun, parts });
  serve(listener);
  parts.add(() => server.close(answersMs));
  lock.announce(server.url);
  return { url: server.url, tasks, keys, close: () => parts.end() };
}

/**
 * Starts everything; resolves when runs are worked on and requests are answered.
 * @throws HoldfastError HF401 … HF409 for what is wrong with the folder, the port, the settings or the code
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const parts = new Parts();
  try {
    return await open(options, parts);
  } catch (error) {
    parts.hurry.abort();
    await parts.end();
    throw error;
  }
}
