/**
 * The Lambda function that a rule of EventBridge starts each minute.
 *
 * Owns:      the metric `LateSeconds`: how far past its time the run is that waits longest.
 * Invariant: schedules that cannot be kept keep nobody from ringing; the invocation fails all the same, and is seen.
 */
import type { Ports, Spill } from "../engine/ports.ts";
import { environmentType } from "../sdk/environment.ts";
import { dynamoSchedules } from "./aws/dynamo-schedules.ts";
import { lazyReadSecret } from "./aws/lazy-read-secret.ts";
import { sqsLostRings } from "./aws/queues.ts";
import { realChance, realClock } from "./clock.ts";
import { isOfCode } from "./code-version.ts";
import { timerConfig } from "./config.ts";
import { deployedCode, readManifest } from "./deployed-code.ts";
import { hasEndHooks } from "./end-hooks.ts";
import { type Encryption, encryptionOf } from "./lazy-encryption.ts";
import { errorFields } from "./log.ts";
import type { MetricSettings } from "./pass-metrics.ts";
import { keptElsewhere } from "./schedule-here.ts";
import { type KeeperDeps, type Kept, keepSchedules } from "./schedule-keeper.ts";
import { type TickDeps, type Ticked, tick } from "./tick.ts";
import { standardLog, wireStore } from "./wire.ts";

/** Ticks come late by a few seconds: scheduled runs are made so much further ahead. */
const marginMs = 5_000;
/** Ticks that may come late, or not at all, before the times between them count as missed. */
const lateTicks = 3;
/** What schedules may take of a tick: the function has 50 s, and rings for runs behind that. */
const keepMs = 30_000;
/** When a tick begins nothing more. */
const tickEndMs = 45_000;

/** CloudWatch's embedded metric format: a line of the log that is a metric as well. One dimension, so one metric. */
function metricOf(
  { namespace, project }: MetricSettings,
  { lateMs, ...ticked }: Ticked,
  kept: Kept | undefined,
  now: number,
): Readonly<Record<string, unknown>> {
  const metric = {
    Namespace: namespace,
    Dimensions: [["Project"]],
    Metrics: [{ Name: "LateSeconds", Unit: "Seconds" }],
  };
  return {
    _aws: { Timestamp: now, CloudWatchMetrics: [metric] },
    Project: project,
    LateSeconds: lateMs / 1_000,
    ...ticked,
    ...(kept === undefined ? {} : { scheduled: kept.started, missed: kept.missed }),
  };
}

/** What the timer is made of. */
export interface TimerDeps extends Omit<TickDeps, "ports" | "endsAt"> {
  readonly store: TickDeps["ports"]["store"];
  readonly clock: Ports["clock"];
  readonly chance: Ports["chance"];
  readonly schedules: KeeperDeps["schedules"];
  /** Undefined while a deployment is under way that has changed one of the two: the list of schedules, the code. */
  readonly code: KeeperDeps["code"] | undefined;
  readonly metrics: MetricSettings;
  readonly encryption?: Pick<Encryption, "renew"> | undefined;
}

/** The payload of a schedule is small: this function has no way to the bucket. */
const noSpill: Spill = {
  put: () => Promise.reject(new Error("A scheduled run's payload is too large.")),
  get: () => Promise.reject(new Error("The timer reads no values.")),
};

/** The handler on these parts. */
export function timer({ store, clock, chance, schedules, code, metrics, encryption, ...rest }: TimerDeps) {
  const { bell: doorbell, tickMs, log } = rest;
  const hooked = code && { hasEndHooks: hasEndHooks(code) };
  const ports: Ports = { store, doorbell, spill: noSpill, clock, chance, ...hooked };
  const reach = { lateMs: lateTicks * tickMs, aheadMs: tickMs + marginMs, keepMs };
  return async (): Promise<void> => {
    let failure: unknown;
    let kept: Kept | undefined;
    const endsAt = clock.now() + tickEndMs;
    await encryption?.renew();
    try {
      kept = code && (await keepSchedules({ ports, schedules, code, ...reach, log }));
    } catch (error) {
      failure = error;
      log.error("The schedules could not be kept", errorFields(error));
    }
    const ticked = await tick({ ports: { store, clock }, ...rest, endsAt });
    log.info("Tick", metricOf(metrics, ticked, kept, clock.now()));
    if (failure !== undefined) throw failure;
  };
}

async function wire(): Promise<TimerDeps> {
  const config = timerConfig();
  const log = standardLog();
  const encryption = await encryptionOf(config.encryptionId, lazyReadSecret);
  const { sqs, dynamo, bell, store: plain } = wireStore({ ...config, log });
  const world = { store: plain, doorbell: bell, spill: noSpill, clock: realClock, chance: realChance };
  const { store } = encryption?.ports(world) ?? world;
  const schedules = dynamoSchedules({ client: dynamo, table: config.table });
  const lostRings = sqsLostRings({ client: sqs, queueUrl: config.lostRingsUrl });
  const manifest = readManifest();
  const here = environmentType(config.stage);
  for (const line of keptElsewhere(manifest.tasks, here)) log.info(line, {});
  const isWhole = isOfCode(config.codeVersion, manifest.codeVersion ?? "");
  const code = isWhole ? deployedCode(manifest, config.codeVersion, here) : undefined;
  const { metrics, tickMs } = config;
  return {
    store,
    encryption,
    clock: realClock,
    chance: realChance,
    schedules,
    code,
    bell,
    lostRings,
    tickMs,
    metrics,
    log,
  };
}

let wired: ReturnType<typeof timer> | undefined;

/** What Lambda calls. */
export async function handler(): Promise<void> {
  wired ??= timer(await wire());
  return wired();
}
