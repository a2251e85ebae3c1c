/**
 * What the functions are told of metrics and traces, and what they may do for them.
 *
 * Owns:      the namespace of metrics: one for each stack, in which the construct's id names the project.
 */
import { Stack } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct, IConstruct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";

type Environment = Readonly<Record<string, string>>;

/** As a dimension: letters and digits, as in the names of resources. */
const projectOf = (owner: Construct): string => owner.node.id.replace(/[^A-Za-z0-9]/g, "");
const namespaceOf = (owner: Construct): string => `Holdfast/${Stack.of(owner).stackName}`;

/** One of our own metrics, of the whole project. */
export const ownMetric = (owner: Construct, metricName: string, options: MetricOptions): Metric =>
  new Metric({
    namespace: namespaceOf(owner),
    metricName,
    dimensionsMap: { Project: projectOf(owner) },
    ...options,
  });

/** Under which names metrics are kept. */
export const metricNames = (owner: Construct): Environment => ({
  HOLDFAST_METRICS_NAMESPACE: namespaceOf(owner),
  HOLDFAST_PROJECT: projectOf(owner),
});

/** Where the dispatcher sends traces: in OpenTelemetry's own words, but for X-Ray. */
function traceNames(owner: Construct, { traces, tracesShare, environment }: Settings): Environment {
  if (traces === undefined) return {};
  const { region, urlSuffix } = Stack.of(owner);
  const where: Environment =
    traces === "xray"
      ? { HOLDFAST_XRAY_URL: `https://xray.${region}.${urlSuffix}/v1/traces` }
      : { OTEL_EXPORTER_OTLP_ENDPOINT: traces };
  const share: Environment =
    tracesShare === 1
      ? {}
      : { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: String(tracesShare) };
  return { ...where, ...share, OTEL_SERVICE_NAME: environment.OTEL_SERVICE_NAME ?? projectOf(owner) };
}

/** What the dispatcher is told. */
export const telemetryOf = (owner: Construct, settings: Settings): Environment => ({
  ...metricNames(owner),
  ...(settings.metrics === "none" ? {} : { HOLDFAST_METRICS: settings.metrics }),
  ...traceNames(owner, settings),
});

/** Spans may be put into X-Ray, and read by nobody here. */
export const putSpans = ({ traces }: Settings): PolicyStatement[] =>
  traces === "xray"
    ? [
        new PolicyStatement({
          sid: "PutSpans",
          actions: ["xray:PutSpans", "xray:PutSpansForIndexing"],
          resources: ["*"],
        }),
      ]
    : [];

/** Why that statement names no resource. */
export function arguePutSpans(role: IConstruct, { traces }: Settings): void {
  if (traces !== "xray") return;
  const reason = "X-Ray has no resources to name: who may put spans may put them.";
  argue(role, { "AwsSolutions-IAM5[Resource::*]": reason, "Serverless-LambdaStarPermissions": reason });
}
