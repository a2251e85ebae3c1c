/**
 * What a supervisor serves: runs are worked on and requests are answered. Loaded while the task files are built.
 *
 * Owns:      the order in which runners, timers and the HTTP app start.
 * Never:     listens, or builds code.
 */
import type { RequestListener } from "node:http";
import { httpApp } from "../functions/http-app.ts";
import { answering } from "./answering.ts";
import { keysOf, usesNoted } from "./api-keys.ts";
import type { BundleFiles } from "./bundle-folder.ts";
import type { LocalConfig } from "./config.ts";
import { dashboardDeps } from "./dashboard.ts";
import { envvarDesk } from "./envvar-desk.ts";
import { remains } from "./housekeeping.ts";
import type { ProjectKeys } from "./keys.ts";
import { moveWaitingRuns } from "./moving-runs.ts";
import { keptDeployments } from "./old-bundles.ts";
import type { Parts } from "./parts.ts";
import { rateLimits } from "./rate-limits.ts";
import { ownHosts } from "./server.ts";
import type { BegunCode } from "./source.ts";
import type { SupervisorOptions } from "./supervisor.ts";
import { webhookSecrets } from "./webhook-secrets.ts";
import { makeWorld, type Place, type World } from "./world.ts";

/** How long passes may go on once the supervisor is told to stop. */
const stopGraceMs = 5_000;
/** Requests a minute of one address that may be refused before it is told to wait. */
const refusedMost = 600;

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

/** What there is already when the service starts. */
interface Surroundings {
  readonly place: Place & { readonly url: string };
  readonly keys: ProjectKeys;
  readonly begun: BegunCode;
  /** Gets what is started. */
  readonly parts: Parts;
}

/** Starts it, as soon as the first build is there. @throws HoldfastError HF403, HF407, HF408, HF502 */
export async function startService(
  config: LocalConfig,
  options: SupervisorOptions,
  { place, keys, begun, parts }: Surroundings,
): Promise<{ readonly listener: RequestListener; readonly tasks: readonly string[] }> {
  const world = makeWorld(config, options, place);
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
  followCode(world, begun, parts);
  parts.add(() => world.order.stop());
  void world.order.look();
  const app = appOf(world, keys, place.url);
  const listener = answering((request, env) => app.fetch(request, env), place.callers);
  return { listener, tasks: world.code.tasks().map(({ id }) => id) };
}
