/**
 * The Lambda function that a rule of EventBridge starts each minute.
 *
 * Owns:      the metric `LateSeconds`: how far past its time the run is that waits longest.
 * Invariant: schedules that cannot be kept keep nobody from ringing; the invocation fails all the same, and is seen.
 */
import type { Ports, Spill } from "../engine/ports.ts";
import { sqsLostRings } from "./aws/queues.ts";
import { realChance, realClock } from "./clock.ts";
import { isOfCode } from "./code-version.ts";
import { timerConfig } from "./config.ts";
import { deployedCode, readManifest } from "./deployed-code.ts";
import { errorFields, type Log } from "./log.ts";
import { type KeeperDeps, type Kept, keepSchedules } from "./schedule-keeper.ts";
import { type TickDeps, type Ticked, tick } from "./tick.ts";
import { standardLog, wireStore } from "./wire.ts";

/** Ticks come late by a few seconds: scheduled runs are made so much further ahead. */
const marginMs = 5_000;
/** Ticks that may come late, or not at all, before the times between them count as missed. */
const lateTicks = 3;

/** CloudWatch's embedded metric format: a line of the log that is a metric as well. One dimension, so one metric. */
function metricOf(
  table: string,
  { lateMs, ...ticked }: Ticked,
  kept: Kept | undefined,
  now: number,
): Readonly<Record<string, unknown>> {
  const metric = {
    Namespace: "Holdfast",
    Dimensions: [["Table"]],
    Metrics: [{ Name: "LateSeconds", Unit: "Seconds" }],
  };
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: [metric] },
    Table: table,
    LateSeconds: lateMs / 1_000,
    ...ticked,
    ...(kept === undefined ? {} : { scheduled: kept.started, missed: kept.missed }),
  };
}

interface Wired {
  readonly deps: TickDeps;
  /** Undefined while a deployment is under way that has changed one of the two: the list of schedules, the code. */
  readonly keeper: KeeperDeps | undefined;
  readonly table: string;
  readonly log: Log;
}

/** The payload of a schedule is small: this function has no way to the bucket. */
const noSpill: Spill = {
  put: () => Promise.reject(new Error("A scheduled run's payload is too large.")),
  get: () => Promise.reject(new Error("The timer reads no values.")),
};

function wire(): Wired {
  const config = timerConfig();
  const log = standardLog();
  const { sqs, bell, store, schedules } = wireStore({ ...config, log });
  const lostRings = sqsLostRings({ client: sqs, queueUrl: config.lostRingsUrl });
  const deps = { ports: { store, clock: realClock }, bell, lostRings, tickMs: config.tickMs, log };
  const secrets = { current: async () => undefined };
  const chance = realChance;
  const ports: Ports = { store, doorbell: bell, spill: noSpill, clock: realClock, chance, secrets };
  const manifest = readManifest();
  const keeper: KeeperDeps = {
    ports,
    schedules,
    code: deployedCode(manifest, config.codeVersion),
    lateMs: lateTicks * config.tickMs,
    aheadMs: config.tickMs + marginMs,
    log,
  };
  const isWhole = isOfCode(config.codeVersion, manifest.codeVersion ?? "");
  return { deps, keeper: isWhole ? keeper : undefined, table: config.table, log };
}

let wired: ReturnType<typeof wire> | undefined;

/** What Lambda calls. */
export async function handler(): Promise<void> {
  wired ??= wire();
  const { deps, keeper, table, log } = wired;
  let failure: unknown;
  let kept: Kept | undefined;
  try {
    kept = keeper && (await keepSchedules(keeper));
  } catch (error) {
    failure = error;
    log.error("The schedules could not be kept", errorFields(error));
  }
  log.info("Tick", metricOf(table, await tick(deps), kept, realClock.now()));
  if (failure !== undefined) throw failure;
}
