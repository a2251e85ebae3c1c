/**
 * API Gateway's HTTP API in front of the api function: routes, payload format 2.0, and its answers.
 *
 * Invariant: the function gets the bytes that came, as text or base64 as API Gateway decides by the content type; a
 *            request longer than the integration's limit is answered with 503, whatever the function does then.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { close, listen } from "../world/world.ts";
import type { Invoked } from "./invocation.ts";
import { isObject, type Json, type JsonObject, list, number, only, text } from "./json.ts";
import { nameOfFunction } from "./resources.ts";
import type { Template } from "./template.ts";

/** A route of the template, with the function behind it. */
interface Route {
  readonly key: string;
  readonly method: string;
  readonly parts: readonly string[];
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly limitMs: number;
}

const limitMs = 30_000;
const bodyLimit = 10 * 1024 * 1024;

/** The API of a template. Throws where the stack's functions may not be invoked by it. */
export function routesOf(template: Template): Route[] {
  const [api, ...others] = template.all("AWS::ApiGatewayV2::Api");
  if (api === undefined || others.length > 0)
    throw new Error(`The stack has ${others.length + 1} HTTP APIs; one is meant.`);
  if (api.properties.ProtocolType !== "HTTP") throw new Error(`${api.id} is no HTTP API.`);
  const stages = template.all("AWS::ApiGatewayV2::Stage").map(({ properties }) => properties.StageName);
  if (stages.join() !== "$default")
    throw new Error(`The stage is ${stages.join()}; the bench plays $default.`);
  return template.all("AWS::ApiGatewayV2::Route").map(({ id, properties }) => {
    const authorization = properties.AuthorizationType ?? "NONE";
    if (authorization !== "NONE") throw new Error(`${id} has the authorization ${authorization}.`);
    const target = text(properties.Target, `${id}.Target`).replace("integrations/", "");
    const key = text(properties.RouteKey, `${id}.RouteKey`);
    const [method = "", path = ""] = key === "$default" ? ["ANY", "/{proxy+}"] : key.split(" ");
    return { key, method, parts: path.split("/").slice(1), ...integrationOf(template, target) };
  });
}

function integrationOf(
  template: Template,
  reference: string,
): Pick<Route, "functionName" | "qualifier" | "limitMs"> {
  const found = template
    .all("AWS::ApiGatewayV2::Integration")
    .find(({ id }) => template.ref(id) === reference);
  if (found === undefined) throw new Error(`There is no integration ${reference}.`);
  const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = found.properties;
  if (IntegrationType !== "AWS_PROXY" || PayloadFormatVersion !== "2.0")
    throw new Error(
      `${found.id} is ${IntegrationType} ${PayloadFormatVersion}; the bench plays AWS_PROXY 2.0.`,
    );
  const uri = text(IntegrationUri, found.id);
  const arn = /functions\/(arn:[^/]+)\/invocations/.exec(uri)?.[1] ?? uri;
  return {
    functionName: nameOfFunction(arn),
    qualifier: arn.split(":")[7],
    limitMs: number(TimeoutInMillis ?? limitMs, found.id),
  };
}

/** What the front door is given. */
export interface HttpApiSetup {
  readonly region: string;
  readonly account: string;
  invoke(name: string, qualifier: string | undefined, event: string): Promise<Invoked>;
}

/** The front door, open on a port of this machine. */
export class HttpApi {
  readonly #setup: HttpApiSetup;
  readonly #server: Server;
  #routes: readonly Route[] = [];
  /** Every body arrives as base64, whatever its type: both forms must do. */
  alwaysBase64 = false;

  private constructor(setup: HttpApiSetup) {
    this.#setup = setup;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(setup: HttpApiSetup): Promise<HttpApi> {
    const api = new HttpApi(setup);
    await listen(api.#server);
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  use(routes: readonly Route[]): void {
    this.#routes = routes;
  }

  close(): Promise<void> {
    return close(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the caller has gone
    }
    const answer = await this.#answer(request, Buffer.concat(chunks));
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<HttpAnswer> {
    const url = new URL(request.url ?? "/", this.url);
    const matched = matchedRoute(this.#routes, request.method ?? "GET", url.pathname);
    if (matched === undefined) return plain(404, "Not Found");
    if (body.length > bodyLimit) return plain(413, "Request Entity Too Large");
    const { route, parameters } = matched;
    const event = this.#event(request, url, body, route, parameters);
    const limit = after(route.limitMs, undefined, { ref: false });
    const invoked = this.#setup.invoke(route.functionName, route.qualifier, JSON.stringify(event));
    const end = await Promise.race([invoked, limit]);
    if (end === undefined) return plain(503, "Service Unavailable");
    return end.ok ? answerOf(JSON.parse(end.result) as Json) : plain(500, "Internal Server Error");
  }

  #event(request: IncomingMessage, url: URL, body: Buffer, route: Route, parameters: JsonObject): JsonObject {
    const headers = headersOf(request);
    const { cookie, ...others } = headers;
    const query = queryOf(url);
    const isBase64Encoded = this.alwaysBase64 || !isText(headers["content-type"]);
    const now = new Date();
    const domainName = headers.host ?? "";
    return {
      version: "2.0",
      routeKey: route.key,
      rawPath: decodeURI(url.pathname),
      rawQueryString: url.search.slice(1),
      ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
      headers: {
        ...others,
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
      },
      ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
      requestContext: {
        accountId: this.#setup.account,
        apiId: "bench",
        domainName,
        domainPrefix: domainName.split(".")[0] ?? "",
        http: {
          method: request.method ?? "GET",
          path: decodeURI(url.pathname),
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: headers["user-agent"] ?? "",
        },
        requestId: randomUUID(),
        routeKey: route.key,
        stage: "$default",
        time: now.toUTCString(),
        timeEpoch: now.getTime(),
      },
      ...(Object.keys(parameters).length > 0 ? { pathParameters: parameters } : {}),
      ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? "base64" : "utf8") } : {}),
      isBase64Encoded: body.length > 0 && isBase64Encoded,
    };
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** API Gateway's own answers. */
const plain = (status: number, message: string): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ message })),
});

/** The content types whose body API Gateway hands over as text. */
const isText = (type: string | undefined): boolean =>
  type !== undefined &&
  /^(text\/|application\/(json|javascript|xml)\b|application\/[\w.-]+\+(json|xml)\b)/i.test(type);

function headersOf(request: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name === "connection" || name === "transfer-encoding") continue;
    found[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return found;
}

/** Values of a repeated parameter are joined by commas. */
function queryOf(url: URL): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of url.searchParams)
    found[name] = name in found ? `${found[name]},${value}` : value;
  return found;
}

/** The most specific route that fits: whole paths before `{name}` before `{name+}`. */
export function matchedRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly parameters: JsonObject } | undefined {
  const given = path.split("/").slice(1);
  const fitting = routes
    .filter((route) => route.method === "ANY" || route.method === method)
    .flatMap((route) => {
      const parameters = partsIn(route.parts, given);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
  const vagueness = ({ parts }: Route): number =>
    parts.reduce((sum, part) => sum + (part.endsWith("+}") ? 100 : part.startsWith("{") ? 1 : 0), 0);
  return fitting.sort((a, b) => vagueness(a.route) - vagueness(b.route))[0];
}

function partsIn(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const greedy = /^\{(\w+)\+\}$/.exec(part)?.[1];
    if (greedy !== undefined) {
      const rest = given.slice(i).join("/");
      return rest === "" ? undefined : { ...found, [greedy]: rest };
    }
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = given[i];
    if (value === undefined || (name === undefined && part !== value)) return undefined;
    if (name !== undefined) found[name] = decodeURIComponent(value);
  }
  return parts.length === given.length ? found : undefined;
}

/** Format 2.0: an object with a status is the answer, anything else is its body. */
function answerOf(result: Json): HttpAnswer {
  if (!isObject(result) || result.statusCode === undefined) {
    const headers = { "content-type": "application/json" };
    return {
      status: 200,
      headers,
      body: Buffer.from(typeof result === "string" ? result : JSON.stringify(result)),
    };
  }
  const members = ["statusCode", "headers", "body", "isBase64Encoded", "cookies"] as const;
  const { statusCode, headers, body, isBase64Encoded, cookies } = only(
    result,
    members,
    "The function's answer",
  );
  const own = isObject(headers) ? Object.entries(headers).map(([name, value]) => [name, String(value)]) : [];
  const set = list(cookies).map(String);
  return {
    status: number(statusCode, "statusCode"),
    headers: {
      "content-type": "text/plain;charset=UTF-8",
      ...Object.fromEntries(own.map(([name = "", value]) => [name.toLowerCase(), value])),
      ...(set.length > 0 ? { "set-cookie": set } : {}),
    },
    body: Buffer.from(typeof body === "string" ? body : "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}
