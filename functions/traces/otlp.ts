/**
 * Spans as OTLP's JSON (ExportTraceServiceRequest of OpenTelemetry's protocol, version 1).
 *
 * By hand: the packages that write it weigh 18 MB with what they pull in. A test holds this against theirs.
 */
import type { Attributes, Span } from "./span.ts";

const keyValues = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: value } : { stringValue: value },
  }));

const nanos = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`;

/** INTERNAL, in SpanKind; ERROR and UNSET, in StatusCode. */
const internal = 1;
const error = 2;
const unset = 0;

function spanOf(span: Span) {
  const { trace, id, parent, name, from, to, attributes, failed, events = [], link } = span;
  return {
    traceId: trace,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: internal,
    startTimeUnixNano: nanos(from),
    endTimeUnixNano: nanos(Math.max(from, to)),
    attributes: keyValues(failed === undefined ? attributes : { ...attributes, "error.type": failed }),
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: nanos(event.at),
      attributes: keyValues(event.attributes),
    })),
    links: link === undefined ? [] : [{ traceId: trace, spanId: link, attributes: [] }],
    status: failed === undefined ? { code: unset } : { code: error, message: failed },
  };
}

/** The body of a request to `/v1/traces`. `resource`: who tells, such as `service.name`. */
export function otlpBody(spans: readonly Span[], resource: Attributes): string {
  const scope = { name: "holdfast" };
  const resourceSpans = [
    { resource: { attributes: keyValues(resource) }, scopeSpans: [{ scope, spans: spans.map(spanOf) }] },
  ];
  return JSON.stringify({ resourceSpans });
}
