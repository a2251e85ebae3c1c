/**
 * A request of an AWS client, understood: who calls, which action of which service, and what it must be allowed.
 *
 * Never:     guesses. An action that is not here throws, and fails the test.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { Ask } from "./iam.ts";
import { isObject, type Json, type JsonObject, list, object, text } from "./json.ts";
import { isOfSignature, presigned } from "./presigned.ts";
import { nameOfFunction } from "./resources.ts";

/** The services that answer through the proxy. */
export type Service =
  | "dynamodb"
  | "sqs"
  | "secretsmanager"
  | "s3"
  | "lambda"
  | "ecs"
  | "cloudformation"
  | "logs"
  | "xray";

/** A request as it came. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the credential scope says. */
export interface Scope {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
}

/** The call that a request makes. */
export interface Action {
  readonly service: Service;
  /** `PutItem` */
  readonly name: string;
  /** The body of JSON services; path and query of the others. */
  readonly parameters: JsonObject;
  readonly asks: readonly Ask[];
}

/** Caller and service, from the scope of the signature in the headers or the query. */
export function scopeOf(request: RawRequest): Scope {
  const { authorization = "" } = request.headers;
  const credential = presigned(request)?.get("X-Amz-Credential");
  const given = credential == null ? authorization : `Credential=${credential}`;
  const found = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(given);
  if (found === null) throw new Error(`A request has no signature: ${authorization}`);
  const [, accessKey = "", region = "", service = ""] = found;
  return { accessKey, region, service };
}

/** Understands a request. */
export function actionOf(request: RawRequest, { service, region }: Scope, account: string): Action {
  const target =
    String(request.headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? "";
  switch (service) {
    case "dynamodb":
      return jsonAction(service, target, request, (name, body) => dynamoAsks(name, body, region, account));
    case "sqs":
      return jsonAction(service, target, request, (name, body) => queueAsks(name, body, region, account));
    case "secretsmanager":
      return jsonAction(service, target, request, secretAsks);
    case "lambda":
      return lambdaAction(request, region, account);
    case "ecs":
      return jsonAction(service, target, request, (name, body) => taskAsks(name, body, region, account));
    case "cloudformation":
      return stackAction(request, region, account);
    case "logs":
      return jsonAction(service, target, request, (name, body) => logAsks(name, body, region, account));
    case "s3":
      return s3Action(request);
    case "xray":
      return spansAction(request);
    default:
      throw new Error(`The bench does not know the service ${service}.`);
  }
}

function jsonAction(
  service: Service,
  name: string,
  { body }: RawRequest,
  asks: (name: string, body: JsonObject) => Ask[],
): Action {
  const parameters = object(JSON.parse(body.toString("utf8") || "{}") as Json, name);
  return { service, name, parameters, asks: asks(name, parameters) };
}

const unknown = (action: string): Error => new Error(`The bench does not know the action ${action}.`);

function logAsks(name: string, body: JsonObject, region: string, account: string): Ask[] {
  if (name !== "FilterLogEvents") throw unknown(`logs:${name}`);
  const group = text(body.logGroupName, "logGroupName");
  const resource = `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:`;
  return [{ action: `logs:${name}`, resource }];
}

/** The roles that are passed with it are the template's: `Policies.alsoNeeded`. */
function taskAsks(name: string, body: JsonObject, region: string, account: string): Ask[] {
  if (name !== "RunTask") throw unknown(`ecs:${name}`);
  const family = text(body.taskDefinition, "taskDefinition");
  const resource = `arn:aws:ecs:${region}:${account}:task-definition/${family}:1`;
  return [{ action: "ecs:RunTask", resource, cluster: text(body.cluster, "cluster") }];
}

const tableActions = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"];
const partActions: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

function dynamoAsks(name: string, body: JsonObject, region: string, account: string): Ask[] {
  const arn = (table: Json | undefined): string => {
    const given = text(table, "TableName");
    return given.startsWith("arn:") ? given : `arn:aws:dynamodb:${region}:${account}:table/${given}`;
  };
  if (tableActions.includes(name)) {
    const index = body.IndexName === undefined ? "" : `/index/${text(body.IndexName, "IndexName")}`;
    return [
      { action: `dynamodb:${name}`, resource: `${arn(body.TableName)}${index}`, leadingKeys: keysOf(body) },
    ];
  }
  if (name === "BatchGetItem" || name === "BatchWriteItem") {
    const tables = Object.keys(object(body.RequestItems, "RequestItems"));
    return tables.map((table) => ({ action: `dynamodb:${name}`, resource: arn(table) }));
  }
  if (name === "TransactWriteItems" || name === "TransactGetItems") {
    return list(body.TransactItems).flatMap((item) =>
      Object.entries(object(item, "TransactItems")).map(([kind, part]) => {
        const action = partActions[kind];
        if (action === undefined) throw unknown(`dynamodb:${name} ${kind}`);
        const { TableName } = object(part, kind);
        return {
          action: `dynamodb:${action}`,
          resource: arn(TableName),
          leadingKeys: keysOf(object(part, kind)),
        };
      }),
    );
  }
  throw unknown(`dynamodb:${name}`);
}

/** The partition key of the item that a request is about, if it is about one. */
function keysOf({ Key, Item }: JsonObject): string[] {
  const item = Key ?? Item;
  if (item === undefined) return [];
  const { pk } = object(item, "Key");
  return pk === undefined ? [] : [text(object(pk, "pk").S, "pk")];
}

const queueActions = [
  "SendMessage",
  "ReceiveMessage",
  "DeleteMessage",
  "ChangeMessageVisibility",
  "GetQueueAttributes",
];

function queueAsks(name: string, body: JsonObject, region: string, account: string): Ask[] {
  const single = name.replace(/Batch$/, "");
  if (!queueActions.includes(single)) throw unknown(`sqs:${name}`);
  return [{ action: `sqs:${single}`, resource: `arn:aws:sqs:${region}:${account}:${queueNameOf(body)}` }];
}

/** The queue that a request names by its URL. */
export const queueNameOf = (body: JsonObject): string =>
  text(body.QueueUrl, "QueueUrl").split("/").at(-1) ?? "";

function secretAsks(name: string, body: JsonObject): Ask[] {
  if (!/^(GetSecretValue|DescribeSecret|PutSecretValue)$/.test(name)) throw unknown(`secretsmanager:${name}`);
  return [{ action: `secretsmanager:${name}`, resource: text(body.SecretId, "SecretId") }];
}

function stackAction({ body }: RawRequest, region: string, account: string): Action {
  const {
    Action: name = "",
    Version: _,
    ...parameters
  } = Object.fromEntries(new URLSearchParams(body.toString("utf8")));
  if (name !== "DescribeStacks" || Object.keys(parameters).join() !== "StackName")
    throw unknown(`cloudformation:${name} ${Object.keys(parameters)}`);
  const resource = `arn:aws:cloudformation:${region}:${account}:stack/${parameters.StackName}/bench`;
  return {
    service: "cloudformation",
    name,
    parameters,
    asks: [{ action: `cloudformation:${name}`, resource }],
  };
}

function lambdaAction({ method, path, body }: RawRequest, region: string, account: string): Action {
  const url = new URL(path, "http://lambda");
  const found = /^\/2015-03-31\/functions\/([^/]+)(\/invocations|\/versions|)$/.exec(url.pathname);
  const name = found === null ? undefined : lambdaActions[`${method} ${found[2]}`];
  if (found === null || name === undefined) throw unknown(`lambda: ${method} ${path}`);
  const reference = decodeURIComponent(found[1] ?? "");
  const given = reference.startsWith("arn:") ? reference.split(":")[7] : reference.split(":")[1];
  const qualifier = url.searchParams.get("Qualifier") ?? given;
  const owner = nameOfFunction(reference);
  const suffix = qualifier === undefined ? "" : `:${qualifier}`;
  const action = name === "Invoke" ? "lambda:InvokeFunction" : `lambda:${name}`;
  return {
    service: "lambda",
    name,
    parameters: {
      FunctionName: owner,
      ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
      Payload: body.toString("utf8"),
    },
    asks: [{ action, resource: `arn:aws:lambda:${region}:${account}:function:${owner}${suffix}` }],
  };
}

const lambdaActions: Readonly<Record<string, string>> = {
  "POST /invocations": "Invoke",
  "GET /versions": "ListVersionsByFunction",
  "GET ": "GetFunction",
  "DELETE ": "DeleteFunction",
};

/** X-Ray's OTLP endpoint is no action by name: it asks for both. */
function spansAction({ method, path, body }: RawRequest): Action {
  if (method !== "POST" || path !== "/v1/traces") throw unknown(`xray: ${method} ${path}`);
  return {
    service: "xray",
    name: "PutSpans",
    parameters: { Body: body.toString("utf8") },
    asks: ["xray:PutSpans", "xray:PutSpansForIndexing"].map((action) => ({ action, resource: "*" })),
  };
}

const objectActions: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "HeadObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

function s3Action({ method, path, headers }: RawRequest): Action {
  const url = new URL(path, "http://s3");
  const [, bucket = "", ...rest] = url.pathname.split("/");
  const key = decodeURIComponent(rest.join("/"));
  const name = objectActions[method];
  const usual = /^(x-id|x-amz-checksum-mode|versionId)$/;
  const strange = [...url.searchParams.keys()].filter((part) => !usual.test(part) && !isOfSignature(part));
  if (name === undefined || key === "" || strange.length > 0) throw unknown(`s3: ${method} ${path}`);
  if (headers["x-amz-copy-source"] !== undefined) throw unknown("s3: copy");
  const version = url.searchParams.get("versionId");
  if (version !== null && name !== "DeleteObject") throw unknown(`s3: ${method} of a version`);
  // HEAD is decided as GET is.
  const action = name === "HeadObject" ? "s3:GetObject" : `s3:${name}${version === null ? "" : "Version"}`;
  return {
    service: "s3",
    name,
    parameters: { Bucket: bucket, Key: key, ...(version !== null && { VersionId: version }) },
    asks: [{ action, resource: `arn:aws:s3:::${bucket}/${key}` }],
  };
}

/** The first key values of a DynamoDB item, for people who read a list of calls. */
export function keyIn(parameters: JsonObject): string {
  const item = parameters.Key ?? parameters.Item;
  if (!isObject(item)) return "";
  const values = [item.pk, item.sk].filter(isObject).map((value) => String(value.S ?? ""));
  return values.join(" ");
}
