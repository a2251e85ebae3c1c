/**
 * All that a supervisor is made of, each part told of the others.
 *
 * Owns:      who hears of what: of a run's end, of a time at which one wants attention.
 * Never:     starts anything.
 */
import type { Ports } from "../engine/ports.ts";
import { hasEndHooks } from "../functions/end-hooks.ts";
import type { Eraser } from "../functions/erasing.ts";
import { keptCode } from "./bundle-folder.ts";
import { realChance, realClock } from "./clock.ts";
import type { LocalConfig } from "./config.ts";
import type { Crowd } from "./crowd.ts";
import { CurrentCode } from "./current-code.ts";
import { databasePath, logsPath } from "./data-folder.ts";
import { folderKeys, setEncryption } from "./encryption-key.ts";
import { type Endings, endings } from "./endings.ts";
import { openFolderStore } from "./folder-store.ts";
import { type Housekeeping, housekeeping } from "./housekeeping.ts";
import { type LocalSchedules, localSchedules } from "./local-schedules.ts";
import { type LocalMetrics, localMetrics } from "./metrics.ts";
import { noticingStore } from "./noticing-store.ts";
import { PlanDesk } from "./plan-desk.ts";
import { type DeskDeps, type ReplayDesk, replayDesk } from "./replay-check/desk.ts";
import { Runners, type RunnersDeps } from "./runners.ts";
import type { Spares } from "./spares.ts";
import { fileSpill } from "./spill.ts";
import { openSqliteDeliveries, type SqliteDeliveries } from "./sqlite-deliveries.ts";
import { openSqliteLogs, type SqliteLogs } from "./sqlite-logs.ts";
import type { SqliteStore } from "./sqlite-store.ts";
import type { SupervisorOptions } from "./supervisor.ts";
import { type Timer, timer } from "./timer.ts";

/** What a supervisor is made of. */
export interface World {
  readonly config: LocalConfig;
  readonly options: SupervisorOptions;
  readonly dataFolder: string;
  readonly ports: Ports & { readonly store: SqliteStore };
  readonly code: CurrentCode;
  readonly runners: Runners;
  readonly timer: Timer;
  readonly schedules: LocalSchedules;
  readonly order: Housekeeping;
  /** Takes ended runs away. */
  readonly eraser: Eraser;
  readonly logs: SqliteLogs;
  readonly deliveries: SqliteDeliveries;
  readonly waiter: Endings;
  readonly metrics: LocalMetrics;
  readonly replays: ReplayDesk | undefined;
  /** Says what resuming a run would do. */
  readonly plans: PlanDesk;
}

/** What the code says of its tasks' runs. */
function limitsOf(code: CurrentCode): Pick<RunnersDeps, "maxDurationMs" | "largerMachine"> {
  return {
    maxDurationMs(task) {
      const seconds = code.task(task)?.maxDurationSeconds;
      return seconds === undefined ? undefined : seconds * 1_000;
    },
    largerMachine: (task) => code.task(task)?.largerMachine,
  };
}

/** Who is told that a run has ended: who waits for it, and who replays it. */
function listeners({ onReplay }: SupervisorOptions, desk: Omit<DeskDeps, "tell">) {
  const waiter = endings(desk.clock);
  const replays = onReplay && replayDesk({ ...desk, tell: onReplay });
  const finished = (runId: string): void => {
    waiter.tell(runId);
    replays?.finished(runId);
  };
  return { waiter, replays, finished };
}

/** What the engine asks of the world, outside of the runners. */
const portsOf = (dataFolder: string, code: CurrentCode, given: Omit<World["ports"], "spill">) => ({
  ...given,
  spill: fileSpill(dataFolder),
  hasEndHooks: hasEndHooks(code),
  keptCode: keptCode(dataFolder),
});

/** What is kept beside the runs: nothing waits for it. */
const besideRuns = (dataFolder: string, log: SupervisorOptions["log"]) => ({
  logs: openSqliteLogs(logsPath(dataFolder), log, folderKeys(dataFolder)),
  deliveries: openSqliteDeliveries(logsPath(dataFolder), log),
});

/** Where a world is, and whom it serves. */
export interface Place {
  readonly dataFolder: string;
  /** Those who come to its server. */
  readonly callers: Crowd;
  readonly spares: Spares;
}

/** Makes it. */
export function makeWorld(config: LocalConfig, options: SupervisorOptions, place: Place): World {
  const { dataFolder, callers, spares } = place;
  const { log } = options;
  setEncryption(dataFolder, config.encryption);
  const clock = realClock();
  const chance = realChance();
  const code = new CurrentCode(dataFolder, { clock, env: config.env, spares, log });
  const codeVersion = (): string => code.version();
  const desk = { dataFolder, clock, env: config.env, codeVersion };
  const { waiter, replays, finished } = listeners(options, desk);
  const metrics = localMetrics({ queued: () => runners.queued() });
  const store = noticingStore(openFolderStore(dataFolder, { othersCome: callers.isThere }), {
    wake: (at) => wakes.expect(at),
    finished: (run) => {
      finished(run.id);
      metrics.ended(run);
    },
    called: (runId) => runners.ring(runId),
  });
  const runners = new Runners({
    config,
    ...place,
    clock,
    chance,
    store,
    log,
    codeVersion: () => code.toLoad(),
    ...limitsOf(code),
    expect: (at) => wakes.expect(at),
    finished,
    passed: metrics.passed,
  });
  const wakes = timer({
    store,
    clock,
    remind: (runId) => runners.remind(runId),
    queued: () => runners.queued(),
    onError: (error) => log(`The store could not be asked what is due. ${told(error)}`),
  });
  const ports = portsOf(dataFolder, code, { store, doorbell: runners, clock, chance });
  const schedules = localSchedules({ path: databasePath(dataFolder), ports, code, log });
  const beside = besideRuns(dataFolder, log);
  const eraser: Eraser = { store, values: ports.spill, logs: beside.logs };
  const order = housekeeping({ ...desk, store, eraser, retention: config.retention, log });
  return {
    config,
    options,
    dataFolder,
    ports,
    code,
    runners,
    timer: wakes,
    schedules,
    order,
    eraser,
    ...beside,
    waiter,
    metrics,
    replays,
    plans: new PlanDesk({ dataFolder, clock, env: config.env }),
  };
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));
