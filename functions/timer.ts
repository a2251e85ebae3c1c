/**
 * The Lambda function that a rule of EventBridge starts each minute.
 *
 * Owns:      the metric `LateSeconds`: how far past its time the run is that waits longest.
 */
import { sqsLostRings } from "./aws/queues.ts";
import { realClock } from "./clock.ts";
import { timerConfig } from "./config.ts";
import type { Log } from "./log.ts";
import { type TickDeps, type Ticked, tick } from "./tick.ts";
import { standardLog, wireStore } from "./wire.ts";

/** CloudWatch's embedded metric format: a line of the log that is a metric as well. One dimension, so one metric. */
function metricOf(
  table: string,
  { lateMs, ...ticked }: Ticked,
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
  };
}

function wire(): { readonly deps: TickDeps; readonly table: string; readonly log: Log } {
  const config = timerConfig();
  const log = standardLog();
  const { sqs, bell, store } = wireStore({ ...config, log });
  const lostRings = sqsLostRings({ client: sqs, queueUrl: config.lostRingsUrl });
  const deps = { ports: { store, clock: realClock }, bell, lostRings, tickMs: config.tickMs, log };
  return { deps, table: config.table, log };
}

let wired: ReturnType<typeof wire> | undefined;

/** What Lambda calls. */
export async function handler(): Promise<void> {
  wired ??= wire();
  const { deps, table, log } = wired;
  log.info("Tick", metricOf(table, await tick(deps), realClock.now()));
}
