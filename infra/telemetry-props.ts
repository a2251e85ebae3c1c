/** What a stack is told of metrics and traces, checked: a part of `props.ts`. */
import { InfraError } from "./problems.ts";
import type { HoldfastProps } from "./props.ts";

/** The part with every default filled in. */
export interface TelemetrySettings {
  readonly metrics: "none" | "project" | "tasks";
  /** "xray", or a collector's URL; undefined: nowhere. */
  readonly traces: string | undefined;
  readonly tracesShare: number;
  readonly dashboard: boolean;
}

function metricsOf(metrics: TelemetrySettings["metrics"]): TelemetrySettings["metrics"] {
  if (["none", "project", "tasks"].includes(metrics)) return metrics;
  throw new InfraError("HF601", `metrics is "${metrics}".`, 'Give "none", "project" or "tasks".');
}

function tracesOf({ traces, environment = {} }: HoldfastProps): string | undefined {
  if (traces === undefined) return undefined;
  const own = Object.keys(environment).find((name) => /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/.test(name));
  if (own !== undefined) {
    const fix =
      "Give one of the two: traces, for what Holdfast sends, or the variable, for your own code too.";
    throw new InfraError("HF601", `Both traces and the environment variable ${own} name a collector.`, fix);
  }
  if (traces === "xray" || (/^https?:\/\/[^@]+$/.test(traces) && URL.canParse(traces))) return traces;
  const fix =
    'Give "xray", or a URL without a password; keys go into the secret, as OTEL_EXPORTER_OTLP_HEADERS.';
  throw new InfraError("HF601", "traces is no place to send them to.", fix);
}

function shareOf(share: number): number {
  if (share > 0 && share <= 1) return share;
  const fix = "Give a number above 0, up to 1 for all of them; leave traces out for none.";
  throw new InfraError("HF601", `tracesShare is ${share}.`, fix);
}

/** Checks that part. @throws InfraError HF601 */
export const telemetrySettings = (props: HoldfastProps): TelemetrySettings => ({
  metrics: metricsOf(props.metrics ?? "project"),
  traces: tracesOf(props),
  tracesShare: shareOf(props.tracesShare ?? 1),
  dashboard: props.dashboard ?? false,
});
