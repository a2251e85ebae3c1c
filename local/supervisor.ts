/**
 * The process that runs everything on one machine: lock, code, runners, timer, HTTP.
 *
 * Owns:      the order in which they start and end.
 * Never:     executes an author's function.
 * Invariant: whatever fails while it starts, nothing of it stays behind.
 */

import { httpApp } from "../functions/http-app.ts";
import { keysOf, usesNoted } from "./api-keys.ts";
import type { BundleFiles } from "./bundle-folder.ts";
import { realClock } from "./clock.ts";
import { type LocalConfig, type LocalOptions, localConfig } from "./config.ts";
import { dashboardDeps } from "./dashboard.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { envvarDesk } from "./envvar-desk.ts";
import { remains } from "./housekeeping.ts";
import { type ProjectKeys, projectKeys } from "./keys.ts";
import { endLeftovers } from "./leftovers.ts";
import { lockFolder } from "./lock.ts";
import { moveWaitingRuns } from "./moving-runs.ts";
import { keptDeployments, removeUnfinished } from "./old-bundles.ts";
import { rateLimits } from "./rate-limits.ts";
import type { ReplayReport } from "./replay-check/told.ts";
import { keepEnvFile } from "./secret-changes.ts";
import { ownHosts, serveHttp } from "./server.ts";
import { type BegunCode, beginCode, type CodeSource, folderSource } from "./source.ts";
import { webhookSecrets } from "./webhook-secrets.ts";
import { makeWorld, type World } from "./world.ts";

/** How long passes may go on once the supervisor is told to stop. */
const stopGraceMs = 5_000;
/** Requests a minute of one address that may be refused before it is told to wait. */
const refusedMost = 600;
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

/** Everything that has to be ended, in the order in which it came; it ends in the opposite one. */
class Parts {
  readonly hurry = new AbortController();
  readonly #ends: (() => Promise<void> | void)[] = [];
  #ended: Promise<void> | undefined;

  add(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }
  /** The second call waits for no pass any more. */
  end(): Promise<void> {
    if (this.#ended !== undefined) this.hurry.abort();
    this.#ended ??= this.#endAll();
    return this.#ended;
  }
  async #endAll(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }
}

type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function appOf(world: World, keys: ProjectKeys, url: string) {
  const { ports, code, waiter, options } = world;
  const line = (message: string, fields: Readonly<Record<string, unknown>>): void =>
    options.log(`${message} ${JSON.stringify(fields)}`);
  return httpApp({
    ports,
    code,
    schedules: world.schedules.kept,
    queues: ports.store,
    logs: world.logs,
    deliveries: world.deliveries,
    keys: keysOf(world.dataFolder, keys.secretKey),
    keyUsed: usesNoted(world.dataFolder),
    limits: rateLimits({ perKey: world.config.rateLimit, refused: refusedMost }),
    ...webhookSecrets(world, keys),
    envvars: envvarDesk(world.dataFolder, world.config.env.HOLDFAST_STAGE ?? "prod"),
    allowedHosts: [...ownHosts, ...(options.allowedHosts ?? [])],
    ...dashboardDeps(url, options.onSignInLink),
    waiter,
    batchBytesMax: 32 * 1024 * 1024,
    erasing: { ...world.eraser, remains },
    planner: world.plans,
    deployments: () => keptDeployments(world.dataFolder, code.version()),
    metrics: world.metrics.text,
    log: { warn: line, error: line },
  });
}

/** Each change's code is made the current one. A build that fails is told, and what was current stays. */
function followCode(world: World, begun: BegunCode, parts: Parts): void {
  const { ports, code, runners, schedules, order, plans, options } = world;
  let isOver = false;
  parts.add(() => {
    isOver = true;
    return begun.close();
  });
  begun.follow(async (built) => {
    try {
      if (!(await code.change(await built))) return;
      runners.newCode(code.version());
      await schedules.look();
      void order.look();
      options.log(`Built: ${code.tasks().length} task(s), version ${code.version()}.`);
      moveWaitingRuns({ ports, code, plans, log: options.log }).catch((error: unknown) => {
        if (!isOver) options.log(`Waiting runs stay on the code from before: ${told(error)}`);
      });
    } catch (error) {
      options.log(`${told(error)}\nThe last good version goes on working.`);
    }
  });
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
  let serve: (fetch: Fetch) => void = () => {};
  const serving = new Promise<Fetch>((resolve) => {
    serve = resolve;
  });
  const server = await serveHttp(async (request, env) => (await serving)(request, env), port);
  parts.add(() => server.close(0));
  return { server, serve };
}

/** The first runner loads the code while another process says which tasks are in it. It is given no run before that is known. */
async function startRunners({ code, runners }: World, built: BundleFiles): Promise<void> {
  await code.keep(built);
  const ready = runners.begin();
  // Code that cannot be described is told before a runner that it has ended.
  ready.catch(() => {});
  await code.change(built);
  await ready;
  await runners.freeLeft();
}

async function open(options: SupervisorOptions, parts: Parts): Promise<Supervisor> {
  const config = localConfig(options);
  const dataFolder = await prepareDataFolder(options.dataDir);
  const lock = lockFolder(dataFolder);
  parts.add(() => lock.release());
  const { server, serve } = await listen(config.port, parts);
  const source = options.source ?? folderSource({ ...options, isDev: options.watch });
  const begun = beginCode(source, options.watch);
  parts.add(() => begun.close());
  await Promise.all([
    begun.first,
    endLeftovers(dataFolder, { clock: realClock(), log: options.log }),
    removeUnfinished(dataFolder),
  ]);
  const keys = projectKeys(dataFolder, config);
  keepEnvFile(dataFolder, Date.now(), options.secrets ?? {});
  const world = makeWorld(callingHere(config, server.url, keys), options, {
    dataFolder,
    othersCome: server.isCrowded,
  });
  parts.add(() => world.ports.store.close());
  parts.add(() => world.logs.close());
  parts.add(() => world.deliveries.close());
  parts.add(() => world.runners.stop(stopGraceMs, parts.hurry.signal));
  await startRunners(world, await begun.first);
  parts.add(() => world.replays?.close());
  parts.add(() => world.plans.close());
  world.timer.start();
  parts.add(() => world.timer.stop());
  parts.add(() => world.schedules.close());
  await world.schedules.look();
  const app = appOf(world, keys, server.url);
  serve((request, env) => app.fetch(request, env));
  parts.add(() => server.close(answersMs));
  followCode(world, begun, parts);
  parts.add(() => world.order.stop());
  void world.order.look();
  lock.announce(server.url);
  const tasks = world.code.tasks().map(({ id }) => id);
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
