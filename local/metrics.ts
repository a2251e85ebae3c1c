/**
 * Metrics of one machine, as Prometheus reads them: counted here from what runners tell, given at `GET /metrics`.
 *
 * Owns:      names, labels and buckets. docs/observability.md has them as a table.
 * Invariant: labels are task and status alone; behind the first `mostTasks` tasks it is "other". What a runner cannot tell
 *            any more is not counted, and nothing is kept over a restart: Prometheus knows that counters begin again.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Run } from "../engine/run.ts";
import { endOf, type PassFigures } from "../functions/figures.ts";

const mostTasks = 50;
/** From a millisecond to ten minutes, and of runs to a day. */
const tryBuckets = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600];
const runBuckets = [0.01, 0.1, 1, 10, 60, 600, 3_600, 86_400];
const lateBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

const seconds = (ms: number): number => ms / 1_000;

/** What can only be asked for. */
interface Present {
  /** Rings that wait for a runner; undefined: more than are counted. */
  queued(): number | undefined;
}

/** The metrics of a supervisor. */
export interface LocalMetrics {
  /** A pass has ended. */
  passed(figures: PassFigures): void;
  /** A run has ended without a pass: canceled or expired in its queue, or crashed. */
  ended(run: Run): void;
  /** The text that Prometheus reads, and its content type. */
  text(): Promise<{ readonly type: string; readonly body: string }>;
}

/** Makes them. */
export function localMetrics(present: Present): LocalMetrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `holdfast_${name}`, help, labelNames, registers: [...registers] });
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name: `holdfast_${name}`, help, buckets, labelNames, registers: [...registers] });

  const started = counter("runs_started_total", "Runs whose first pass has ended.", "task");
  const ends = counter("runs_ended_total", "Runs that have ended, by how.", "task", "status");
  const failedTries = counter("tries_failed_total", "Tries of awaits that failed.", "task");
  const failedAttempts = counter("attempts_failed_total", "Attempts of runs that failed.", "task");
  const tries = histogram("try_seconds", "How long tries of awaits took.", tryBuckets, "task");
  const runs = histogram("run_seconds", "From when a run was due to its end.", runBuckets, "task");
  const queued = histogram("queued_seconds", "From when a run was due to its first pass.", lateBuckets);
  const late = histogram("wake_late_seconds", "How far past its time a run was taken up again.", lateBuckets);
  new Gauge({
    name: "holdfast_rings_waiting",
    help: "Runs that want attention and wait for a runner.",
    registers: [...registers],
    collect() {
      this.set(present.queued() ?? Number.POSITIVE_INFINITY);
    },
  });

  const known = new Set<string>();
  const labelOf = (task: string): string => {
    if (known.size < mostTasks) known.add(task);
    return known.has(task) ? task : "other";
  };
  const countEnd = (task: string, end: PassFigures["ended"]): void => {
    if (end === undefined) return;
    ends.inc({ task, status: end.status });
    runs.observe({ task }, seconds(end.runMs));
  };

  return {
    passed(figures) {
      const task = labelOf(figures.task);
      if (figures.queuedMs !== undefined) {
        started.inc({ task });
        queued.observe(seconds(figures.queuedMs));
      }
      if (figures.lateMs !== undefined) late.observe(seconds(figures.lateMs));
      for (const ms of figures.triesMs) tries.observe({ task }, seconds(ms));
      if (figures.failedTries > 0) failedTries.inc({ task }, figures.failedTries);
      if (figures.failedAttempts > 0) failedAttempts.inc({ task }, figures.failedAttempts);
      countEnd(task, figures.ended);
    },
    ended(run) {
      // Whoever only tells others of an end changes the head behind it.
      if (run.finishedAt === run.updatedAt) countEnd(labelOf(run.task), endOf(run));
    },
    text: async () => ({ type: registry.contentType, body: await registry.metrics() }),
  };
}
