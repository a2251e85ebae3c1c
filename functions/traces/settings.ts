/**
 * Where traces go, as OpenTelemetry's own environment variables say it. docs/observability.md lists them.
 *
 * Owns:      which of them are known, and what is refused.
 * Never:     reads the environment by itself, or shows a header's value.
 */
import { HoldfastError } from "../../engine/errors.ts";

/** Where traces go. Plain data: it is handed on to runners. */
export interface TraceSettings {
  /** Where to POST to; "xray": to the region's endpoint, signed. */
  readonly url: string;
  readonly isXray?: true;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the service: `service.name` at least. */
  readonly resource: Readonly<Record<string, string>>;
  /** Which share of the traces is sent, 0 … 1. */
  readonly share: number;
  /** How long a request may take. */
  readonly timeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** HF406: a setting that is not valid, or is not known here. */
const refused = (name: string, what: string, fix: string): HoldfastError =>
  new HoldfastError("HF406", `The environment variable ${name} ${what}.`, fix);

/** Those that would change how traces are sent, and that nothing here does. */
const unsupported = ["CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"];

function reader(env: Environment) {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  /** The one for traces counts before the one for everything. */
  const exporter = (what: string): { readonly name: string; readonly value: string } | undefined => {
    for (const name of [`OTEL_EXPORTER_OTLP_TRACES_${what}`, `OTEL_EXPORTER_OTLP_${what}`]) {
      const value = text(name);
      if (value !== undefined) return { name, value };
    }
    return undefined;
  };
  return { text, exporter };
}

type Reader = ReturnType<typeof reader>;

/** `a=1,b=2`, with `%20` for a space: headers and attributes are written so. */
function pairsOf(name: string, value: string): Record<string, string> {
  const parts = value.split(",").filter((part) => part.trim() !== "");
  const pairs = parts.map((part) => /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(part));
  try {
    if (pairs.every((pair) => pair !== null))
      return Object.fromEntries(pairs.map(([, key = "", text = ""]) => [key, decodeURIComponent(text)]));
  } catch {
    // A lone % is told below.
  }
  throw refused(
    name,
    "has not the form name=value,name=value",
    "Write % and , within a value as %25 and %2C.",
  );
}

function urlOf({ text, exporter }: Reader): string | undefined {
  const found = exporter("ENDPOINT");
  if (found === undefined) return undefined;
  let url: URL;
  try {
    url = new URL(found.value);
  } catch {
    throw refused(found.name, "is no URL", "Give the collector's, such as http://127.0.0.1:4318.");
  }
  if (!/^https?:$/.test(url.protocol) || url.username !== "")
    throw refused(
      found.name,
      "is no plain http or https URL",
      "Keys go into OTEL_EXPORTER_OTLP_HEADERS; gRPC is not spoken.",
    );
  if (text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") !== undefined) return url.href;
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url.href;
}

function refuseUnknown({ text, exporter }: Reader): void {
  const protocol = exporter("PROTOCOL");
  if (protocol !== undefined && protocol.value !== "http/json")
    throw refused(
      protocol.name,
      `is "${protocol.value}"`,
      "Set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json: collectors take it where they take http/protobuf, at port 4318.",
    );
  const compression = exporter("COMPRESSION");
  if (compression !== undefined && compression.value !== "none")
    throw refused(
      compression.name,
      `is "${compression.value}"`,
      "Set OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=none.",
    );
  for (const what of unsupported) {
    const found = exporter(what);
    if (found !== undefined)
      throw refused(
        found.name,
        "is not supported",
        "Node reads further certificates from NODE_EXTRA_CA_CERTS.",
      );
  }
  const kind = text("OTEL_TRACES_EXPORTER");
  if (kind !== undefined && kind !== "otlp" && kind !== "none")
    throw refused("OTEL_TRACES_EXPORTER", `is "${kind}"`, 'Traces go out as "otlp", or not at all: "none".');
}

/** Children are in the trace of their parents: the samplers that ask the parent first come to the same. */
function shareOf({ text }: Reader): number {
  const sampler = text("OTEL_TRACES_SAMPLER")?.replace(/^parentbased_/, "") ?? "always_on";
  if (sampler === "always_on") return 1;
  if (sampler === "always_off") return 0;
  if (sampler !== "traceidratio")
    throw refused("OTEL_TRACES_SAMPLER", `is "${sampler}"`, "Give always_on, always_off or traceidratio.");
  const share = Number(text("OTEL_TRACES_SAMPLER_ARG") ?? 1);
  if (share >= 0 && share <= 1) return share;
  throw refused("OTEL_TRACES_SAMPLER_ARG", "is no number from 0 to 1", "0.1 sends every tenth trace.");
}

function timeoutOf({ exporter }: Reader, longestMs: number): number {
  const found = exporter("TIMEOUT");
  if (found === undefined) return longestMs;
  const ms = Number(found.value);
  if (Number.isInteger(ms) && ms > 0) return Math.min(ms, longestMs);
  throw refused(found.name, "is no whole number of milliseconds", "Leave it out, or give 1000 for a second.");
}

/**
 * Where traces go; undefined: nowhere. `xrayUrl`: X-Ray's endpoint, which then counts before any collector.
 * @throws HoldfastError HF406
 */
export function traceSettings(
  env: Environment,
  longestMs: number,
  xrayUrl?: string,
): TraceSettings | undefined {
  const read = reader(env);
  const { text, exporter } = read;
  const isOff =
    text("OTEL_SDK_DISABLED")?.toLowerCase() === "true" || text("OTEL_TRACES_EXPORTER") === "none";
  const url = xrayUrl ?? urlOf(read);
  if (url === undefined || isOff) return undefined;
  refuseUnknown(read);
  const headers = xrayUrl === undefined ? exporter("HEADERS") : undefined;
  const attributes = text("OTEL_RESOURCE_ATTRIBUTES");
  const name = text("OTEL_SERVICE_NAME");
  const share = shareOf(read);
  if (share === 0) return undefined;
  return {
    url,
    ...(xrayUrl === undefined ? {} : { isXray: true }),
    headers: headers === undefined ? {} : pairsOf(headers.name, headers.value),
    resource: {
      "service.name": "holdfast",
      ...(attributes === undefined ? {} : pairsOf("OTEL_RESOURCE_ATTRIBUTES", attributes)),
      ...(name === undefined ? {} : { "service.name": name }),
    },
    share,
    timeoutMs: timeoutOf(read, longestMs),
  };
}

/** `name=value,…` of headers, from elsewhere than the environment. @throws HoldfastError HF406 */
export const headersIn = (value: string | undefined): Record<string, string> =>
  value === undefined ? {} : pairsOf("OTEL_EXPORTER_OTLP_HEADERS", value);
