/**
 * A collector of traces: takes OTLP over HTTP as JSON, as any collector does, and keeps the spans.
 *
 * Invariant: what is not of the protocol's form is answered with 400, and kept as a problem.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { close, listen } from "./world.ts";

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const nanos = z.string().regex(/^\d{19}$/);
const attributes = z.array(
  z.strictObject({
    key: z.string().min(1),
    value: z.union([
      z.strictObject({ stringValue: z.string().max(128) }),
      z.strictObject({ intValue: z.int() }),
    ]),
  }),
);
const span = z.strictObject({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).optional(),
  name: z.string().min(1).max(128),
  kind: z.literal(1),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.strictObject({ name: z.string(), timeUnixNano: nanos, attributes })),
  links: z.array(z.strictObject({ traceId: hex(32), spanId: hex(16), attributes })),
  status: z.union([
    z.strictObject({ code: z.literal(0) }),
    z.strictObject({ code: z.literal(2), message: z.string() }),
  ]),
});
const form = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.literal("holdfast") }), spans: z.array(span) }),
      ),
    }),
  ),
});

/** A span, as a person would read it. */
export interface TraceSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly ms: number;
  readonly about: Readonly<Record<string, string | number>>;
  readonly failed: string | undefined;
  readonly events: readonly string[];
  readonly links: readonly string[];
  /** Of the service that sent it. */
  readonly service: string | number | undefined;
}

const record = (list: z.infer<typeof attributes>) =>
  Object.fromEntries(
    list.map(({ key, value }) => [key, "intValue" in value ? value.intValue : value.stringValue]),
  );

/** The spans in the body of a request. Throws for what is not of the protocol's form. */
export function spansIn(body: string): TraceSpan[] {
  return form.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(
        (each): TraceSpan => ({
          trace: each.traceId,
          id: each.spanId,
          parent: each.parentSpanId,
          name: each.name,
          ms: Number((BigInt(each.endTimeUnixNano) - BigInt(each.startTimeUnixNano)) / 1_000_000n),
          about: record(each.attributes),
          failed: each.status.code === 2 ? each.status.message : undefined,
          events: each.events.map(({ name }) => name),
          links: each.links.map(({ spanId }) => spanId),
          service: record(resource.attributes)["service.name"],
        }),
      ),
    ),
  );
}

/** A collector, running. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly TraceSpan[];
  /** Bodies and headers as they came. */
  readonly requests: readonly { readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  readonly problems: readonly string[];
  /** What it answers with from now on; 0: nothing at all. */
  status: number;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startCollector(): Promise<Collector> {
  const spans: TraceSpan[] = [];
  const requests: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const problems: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    requests.push({ headers: request.headers, body });
    if (collector.status === 0) return;
    let { status } = collector;
    try {
      if (
        request.method !== "POST" ||
        request.url !== "/v1/traces" ||
        request.headers["content-type"] !== "application/json"
      )
        throw new Error(`${request.method} ${request.url} ${request.headers["content-type"]}`);
      if (status === 200) spans.push(...spansIn(body));
    } catch (error) {
      problems.push(String(error));
      status = 400;
    }
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  await listen(server);
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    problems,
    status: 200,
    close: () => close(server),
  };
  return collector;
}
