/**
 * A stack small enough to read, of the same shape as Holdfast's: an HTTP API, a queue with its dead-letter queue, a
 * table with an index, a secret, a bucket, and a function for everything. The harness's own tests live on it.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json, JsonObject } from "./json.ts";

const att = (id: string, name = "Arn"): JsonObject => ({ "Fn::GetAtt": [id, name] });
const ref = (id: string): JsonObject => ({ Ref: id });

/**
 * The function: it makes the call that the event asks for. A request is signed as far as the harness looks at it.
 */
const worker = `
exports.handler = async (event, context) => {
  const asked = event.Records ? JSON.parse(event.Records[0].body) : typeof event.body === 'string' ? JSON.parse(event.body) : event;
  if (asked.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (asked.exit) process.exit(asked.exit);
  if (asked.swallow) { const held = []; for (;;) { held.push(Buffer.alloc(16e6, 1)); await new Promise((r) => setTimeout(r, 10)); } }
  if (asked.fail) throw new TypeError(asked.fail);
  if (asked.tick) { globalThis.ticks ??= 0; setInterval(() => globalThis.ticks++, 20); }
  if (asked.failItems) return { batchItemFailures: event.Records.map((r) => ({ itemIdentifier: r.messageId })) };
  if (asked.whoami) return { pid: process.pid, version: context.functionVersion, left: context.getRemainingTimeInMillis(), ticks: globalThis.ticks, mark: process.env.MARK };
  if (asked.http) return { statusCode: 201, headers: { "x-own": "1" }, body: JSON.stringify(event), cookies: ["a=1"] };
  const { service, action, body } = asked;
  if (!service) return null;
  const scope = [process.env.AWS_ACCESS_KEY_ID, "20260101", process.env.AWS_REGION, service, "aws4_request"].join("/");
  const response = await fetch(process.env.AWS_ENDPOINT_URL + "/", {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "Any." + action,
      ...(service === "dynamodb" ? { "x-amz-target": "DynamoDB_20120810." + action } : {}),
      ...(service === "sqs" ? { "x-amz-target": "AmazonSQS." + action } : {}),
      authorization: "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=0" },
    body: JSON.stringify(body, (_, v) => typeof v === "string" ? v.replace(/^env:(\\w+)$/, (_, n) => process.env[n]) : v),
  });
  return { status: response.status, answer: await response.json() };
};`;

const allow = (actions: readonly string[], resource: Json): JsonObject => ({
  Effect: "Allow",
  Action: actions,
  Resource: resource,
});

const tlsOnly = (resource: Json): JsonObject => ({
  Statement: [
    {
      Action: "sqs:*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
      Effect: "Deny",
      Principal: { AWS: "*" },
      Resource: resource,
    },
  ],
  Version: "2012-10-17",
});

const state: JsonObject = {
  Table: {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "shard", AttributeType: "S" },
      ],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "wake",
          KeySchema: [{ AttributeName: "shard", KeyType: "HASH" }],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  },
  Dead: { Type: "AWS::SQS::Queue", Properties: { SqsManagedSseEnabled: true } },
  Bell: {
    Type: "AWS::SQS::Queue",
    Properties: {
      VisibilityTimeout: 10,
      RedrivePolicy: { deadLetterTargetArn: att("Dead"), maxReceiveCount: 2 },
    },
  },
  BellPolicy: {
    Type: "AWS::SQS::QueuePolicy",
    Properties: { Queues: [ref("Bell")], PolicyDocument: tlsOnly(att("Bell")) },
  },
  Secret: {
    Type: "AWS::SecretsManager::Secret",
    Properties: { GenerateSecretString: { SecretStringTemplate: "{}", GenerateStringKey: "KEY" } },
  },
  Values: { Type: "AWS::S3::Bucket", Properties: {} },
};

const role = (statements: readonly JsonObject[]): JsonObject => ({
  Role: {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {},
      Policies: [{ PolicyName: "Own", PolicyDocument: { Statement: statements, Version: "2012-10-17" } }],
    },
  },
});

const front: JsonObject = {
  Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "HTTP", Name: "Small" } },
  Stage: { Type: "AWS::ApiGatewayV2::Stage", Properties: { ApiId: ref("Api"), StageName: "$default" } },
  Integration: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: ref("Api"),
      IntegrationType: "AWS_PROXY",
      IntegrationUri: att("Worker"),
      PayloadFormatVersion: "2.0",
    },
  },
  Route: {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: ref("Api"),
      RouteKey: "ANY /{proxy+}",
      Target: { "Fn::Join": ["", ["integrations/", ref("Integration")]] },
    },
  },
  RoutePermission: {
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      FunctionName: att("Worker"),
      Principal: "apigateway.amazonaws.com",
      SourceArn: {
        "Fn::Join": [
          "",
          ["arn:aws:execute-api:", ref("AWS::Region"), ":000000000000:", ref("Api"), "/*/*/{proxy+}"],
        ],
      },
    },
  },
};

/** What a test may change of it. */
export interface SmallStack {
  readonly statements?: readonly JsonObject[];
  /** A text that the function shows: it makes another version. */
  readonly mark?: string;
  readonly timeout?: number;
  readonly memory?: number;
  readonly more?: JsonObject;
}

/** What the function may do unless a test says otherwise. */
export const usualStatements: readonly JsonObject[] = [
  allow(["dynamodb:PutItem", "dynamodb:GetItem"], att("Table")),
  allow(
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"],
    att("Bell"),
  ),
  allow(["secretsmanager:GetSecretValue"], ref("Secret")),
  allow(["s3:GetObject", "s3:PutObject"], { "Fn::Join": ["", [att("Values"), "/*"]] }),
  allow(["lambda:InvokeFunction"], { "Fn::Join": ["", [att("Worker"), ":*"]] }),
];

/** The template. */
export function smallTemplate({
  statements = usualStatements,
  mark = "one",
  timeout = 3,
  memory = 256,
  more = {},
}: SmallStack = {}): JsonObject {
  const version = `Version${mark}`;
  return {
    Resources: {
      ...state,
      ...role(statements),
      ...front,
      Worker: {
        Type: "AWS::Lambda::Function",
        Properties: {
          Code: { ZipFile: worker },
          Handler: "index.handler",
          Role: att("Role"),
          Runtime: "nodejs24.x",
          Timeout: timeout,
          MemorySize: memory,
          Environment: {
            Variables: { MARK: mark, TABLE: ref("Table"), BELL: ref("Bell"), SECRET: ref("Secret") },
          },
        },
      },
      [version]: {
        Type: "AWS::Lambda::Version",
        Properties: { FunctionName: ref("Worker") },
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
      },
      Live: {
        Type: "AWS::Lambda::Alias",
        Properties: { FunctionName: ref("Worker"), FunctionVersion: att(version, "Version"), Name: "live" },
      },
      Rings: {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: {
          EventSourceArn: att("Bell"),
          FunctionName: ref("Live"),
          BatchSize: 1,
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
      ...more,
    },
  };
}

/** Writes a template as `cdk synth` would. */
export async function writeAssembly(folder: string, template: JsonObject): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Small.template.json"), JSON.stringify(template));
  await writeFile(join(folder, "Small.assets.json"), JSON.stringify({ files: {} }));
  return folder;
}
