/**
 * Between API Gateway's HTTP API (payload format 2.0) and `Request` and `Response`.
 *
 * Owns:      how bytes, headers and cookies go through.
 * Invariant: the bytes that the app sees are the bytes that were sent, whether they came as text or as base64:
 *            signatures are made over them.
 */

/** An event of an HTTP API, as far as it is looked at. */
export interface HttpEvent {
  readonly version: "2.0";
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly cookies?: readonly string[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly domainName: string;
    readonly http: { readonly method: string };
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** What API Gateway makes a response of. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** API Gateway gives the path with its escapes resolved, some of them at least: what no URL may hold is escaped again. */
function escaped(path: string): string {
  return path.replace(/%(?![0-9A-Fa-f]{2})|[^\x21-\x7e]|[?#"<>\\^`{|}]/gu, encodeURIComponent);
}

function headersOf({ headers, cookies }: HttpEvent): Headers {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // Values of one name come joined by commas, as `Headers` would join them.
    if (value !== undefined) given.set(name, value);
  }
  if (cookies !== undefined && cookies.length > 0) given.set("cookie", cookies.join("; "));
  return given;
}

/** The request of an event. */
export function toRequest(event: HttpEvent): Request {
  const { rawPath, rawQueryString, requestContext, body, isBase64Encoded } = event;
  const { method } = requestContext.http;
  const query = rawQueryString === "" ? "" : `?${rawQueryString}`;
  const url = `https://${requestContext.domainName}${escaped(rawPath)}${query}`;
  const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers: headersOf(event),
    ...(hasBody ? { body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8") } : {}),
  });
}

/** Lambda answers with 6 MB at most, counted as JSON. */
const longestResult = 6_000_000;

/** Would Lambda refuse this result? */
export function isTooLong(result: HttpResult): boolean {
  const { body = "" } = result;
  // Each character becomes six bytes at most.
  return body.length * 6 > longestResult && Buffer.byteLength(JSON.stringify(result)) > longestResult;
}

const text = /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded)\b|[^;]*\+(json|xml)\b)/i;

const isText = (headers: Headers): boolean =>
  !headers.has("content-encoding") && text.test(headers.get("content-type") ?? "");

/** The result of a response. What is not known to be text goes as base64: replacing characters would change it. */
export async function toResult(response: Response): Promise<HttpResult> {
  const { status, headers } = response;
  const cookies = headers.getSetCookie();
  const bytes = Buffer.from(await response.arrayBuffer());
  const isBase64Encoded = bytes.length > 0 && !isText(headers);
  const named = [...headers].filter(([name]) => name !== "set-cookie");
  return {
    statusCode: status,
    headers: Object.fromEntries(named),
    ...(cookies.length === 0 ? {} : { cookies }),
    ...(bytes.length === 0 ? {} : { body: bytes.toString(isBase64Encoded ? "base64" : "utf8") }),
    isBase64Encoded,
  };
}
