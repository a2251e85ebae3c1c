/** Where traces go: OpenTelemetry's own settings, and what is refused of them. */
import { expect, test } from "vitest";
import { dispatcherTraces } from "../../../functions/config.ts";
import { headersIn, traceSettings } from "../../../functions/traces/settings.ts";

const to = (env: Readonly<Record<string, string>>) =>
  traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318", ...env }, 10_000);

test("without a collector nothing is traced, nor where it is switched off", () => {
  expect(traceSettings({}, 10_000)).toBeUndefined();
  expect(to({ OTEL_SDK_DISABLED: "true" })).toBeUndefined();
  expect(to({ OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
  expect(to({ OTEL_TRACES_SAMPLER: "always_off" })).toBeUndefined();
});

test("an endpoint gets the path of traces behind it, and one for traces alone is taken as it is", () => {
  expect(to({})?.url).toBe("http://otel:4318/v1/traces");
  expect(to({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel/base/" })?.url).toBe("https://otel/base/v1/traces");
  expect(to({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://other/in" })?.url).toBe("https://other/in");
});

test("headers, the service's name and attributes, the share and the time are read as OpenTelemetry writes them", () => {
  expect(
    to({
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, team = shop",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=prod",
      OTEL_SERVICE_NAME: "shop",
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    }),
  ).toEqual({
    url: "http://otel:4318/v1/traces",
    headers: { "x-key": "a b", team: "shop" },
    resource: { "service.name": "shop", "deployment.environment.name": "prod" },
    share: 0.25,
    timeoutMs: 10_000,
  });
  expect(to({})).toMatchObject({ resource: { "service.name": "holdfast" }, share: 1 });
  expect(headersIn(undefined)).toEqual({});
});

test.each<[Record<string, string>, RegExp]>([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "otel:4318" }, /no plain http/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "//" }, /no URL/],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://me:secret@otel" }, /OTEL_EXPORTER_OTLP_HEADERS/],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, /is "grpc".*http\/json/],
  [
    { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf" },
    /OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is "http\/protobuf"/,
  ],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }, /COMPRESSION is "gzip"/],
  [{ OTEL_EXPORTER_OTLP_CERTIFICATE: "ca.pem" }, /not supported.*NODE_EXTRA_CA_CERTS/],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "no-value-secret" }, /name=value/],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: "soon" }, /milliseconds/],
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, /zipkin/],
  [{ OTEL_TRACES_SAMPLER: "xray" }, /traceidratio/],
  [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" }, /0 to 1/],
])("%j is refused, and no value of a header is shown", (env, words) => {
  expect(() => to(env)).toThrow(words);
  expect(() => to(env)).toThrow(/^HF406 /);
  expect(() => to(env)).not.toThrow(/secret/);
});

test("a dispatcher that has X-Ray to send to sends there, where AWS's clients would go", async () => {
  const url = "https://xray.eu-central-1.amazonaws.com/v1/traces";
  const own = { HOLDFAST_XRAY_URL: url, OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel" };
  expect(await dispatcherTraces(own)).toMatchObject({ url, isXray: true, headers: {}, timeoutMs: 2_000 });
  const played = await dispatcherTraces({ ...own, AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
  expect(played?.url).toBe("http://127.0.0.1:9/v1/traces");
});
