/** The form of what is sent: OpenTelemetry's own serializer writes the same of the same spans. */
import { type ISerializer, JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { expect, test } from "vitest";
import { otlpBody } from "../../../functions/traces/otlp.ts";
import { traceSender } from "../../../functions/traces/sender.ts";
import type { Span } from "../../../functions/traces/span.ts";
import { spansIn } from "../../world/collector.ts";

type Theirs = typeof JsonTraceSerializer extends ISerializer<(infer S)[], unknown> ? S : never;

const trace = "0123456789abcdef0123456789abcdef";
const at = 1_790_000_000_123;
const base: Span = { trace, id: "00000000000000a1", name: "fetch", from: at, to: at + 250, attributes: {} };
const spans: Span[] = [
  { ...base, parent: "00000000000000b2", attributes: { "holdfast.task": "order", "holdfast.try": 2 } },
  { ...base, id: "00000000000000a2", failed: "TypeError" },
  {
    ...base,
    id: "00000000000000a3",
    link: "00000000000000a1",
    events: [{ name: "attempt", at: at + 1, attributes: { "error.type": "Error" } }],
  },
];

const hrTime = (ms: number): [number, number] => [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];

const resource = { attributes: { "service.name": "shop" } };
const instrumentationScope = { name: "holdfast" };

/** The same span as their packages hold it. */
function theirs(span: Span): Theirs {
  const context = (id: string) => ({ traceId: trace, spanId: id, traceFlags: 1 });
  const { failed, link, events = [], parent } = span;
  return {
    name: span.name,
    kind: 0,
    spanContext: () => context(span.id),
    ...(parent === undefined ? {} : { parentSpanContext: context(parent) }),
    startTime: hrTime(span.from),
    endTime: hrTime(span.to),
    duration: hrTime(span.to - span.from),
    ended: true,
    status: failed === undefined ? { code: 0 } : { code: 2, message: failed },
    attributes: failed === undefined ? span.attributes : { ...span.attributes, "error.type": failed },
    links: link === undefined ? [] : [{ context: context(link), attributes: {} }],
    events: events.map(({ name, at: ms, attributes }) => ({ name, time: hrTime(ms), attributes })),
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  } as unknown as Theirs;
}

/** Without what says nothing: counts of zero, and flags, which every reader may do without. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const said = Object.entries(value).filter(
    ([name, each]) => each !== undefined && !/^(dropped\w+Count|flags|traceState)$/.test(name),
  );
  return Object.fromEntries(said.map(([name, each]) => [name, plain(each)]));
};

test("is OTLP's JSON, as OpenTelemetry's own serializer writes it", () => {
  const ours = JSON.parse(otlpBody(spans, { "service.name": "shop" })) as unknown;
  const bytes = JsonTraceSerializer.serializeRequest(spans.map(theirs)) ?? new Uint8Array();
  expect(plain(ours)).toEqual(plain(JSON.parse(Buffer.from(bytes).toString("utf8"))));
  expect(spansIn(otlpBody(spans, { "service.name": "shop" }))).toHaveLength(3);
});

test("a request has no more spans than X-Ray takes, and none that begin more than a day apart", async () => {
  const bodies: string[] = [];
  const lines: unknown[] = [];
  const sender = traceSender({
    post: async (body) => {
      bodies.push(body);
      return { status: 200, text: async () => "{}" };
    },
    resource: { "service.name": "shop" },
    log: { warn: (message, fields) => void lines.push([message, fields]) },
  });
  const day = 24 * 3_600_000;
  const many = Array.from({ length: 2_500 }, (_, i) => ({ ...base, id: i.toString(16).padStart(16, "0") }));
  sender.take([{ ...base, from: at - day }, ...many]);
  await sender.flush();
  expect(bodies.map((body) => spansIn(body).length).sort((a, b) => a - b)).toEqual([1, 500, 1_000, 1_000]);
  expect(Math.max(...bodies.map((body) => body.length))).toBeLessThan(5_000_000);
  sender.take(Array.from({ length: 30_000 }, () => base));
  await sender.flush();
  expect(bodies).toHaveLength(4 + 20);
  expect(lines).toEqual([["Spans were dropped: there were too many", { spans: 10_000 }]]);
});
