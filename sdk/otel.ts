/** Trigger.dev's handle on OpenTelemetry. */
import { durable } from "./link.ts";
import { unsupported } from "./unsupported.ts";

const withExternalTrace: <T>(fn: () => T) => T = durable(
  // In a run a part of it, as that of the logger's.
  "logger.trace",
  ["otel.withExternalTrace"],
  <T>(fn: () => T): T => fn(),
);

/**
 * OpenTelemetry in a task. A run's spans are made from its journal, and sent to `OTEL_EXPORTER_OTLP_ENDPOINT`.
 *
 * @example
 * ```ts
 * import { otel, task } from "holdfast";
 *
 * export const traced = task({
 *   id: "traced",
 *   run: async (url: string) => (await otel.withExternalTrace(() => fetch(url))).status,
 * });
 * ```
 */
export const otel = {
  /**
   * Calls `fn`, whose awaits are checkpoints as ever, and gives what it gives. The trace of who triggered the run is not kept: what
   * `fn` does is in the run's own, as upstream does it for a run whose caller had none.
   */
  withExternalTrace,
  /** Not supported. @throws HoldfastError HF506 */
  metrics: unsupported(
    "otel.metrics",
    "Metrics of runs are counted by themselves; those of your own go to your own meter.",
  ),
};
