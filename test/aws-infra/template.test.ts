/** What must stand in the template, because nothing else would notice that it is missing. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { tableDefinition } from "../../functions/aws/table.ts";
import { apiConfig, dispatcherConfig, timerConfig } from "../../functions/config.ts";
import { Holdfast } from "../../infra/index.ts";
import { quickApp, type Resource, resourcesOf, templateOf } from "./synthesized.ts";

const template = templateOf();
const resources = resourcesOf(template);
const ofType = (type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);
const functionNamed = (description: RegExp): Resource => {
  const [found] = ofType("AWS::Lambda::Function").filter(([, { Properties }]) =>
    description.test(String(Properties.Description)),
  );
  if (found === undefined) throw new Error(`no function ${description}`);
  return found[1];
};
const environmentOf = (description: RegExp): Record<string, string> => {
  const { Variables } = functionNamed(description).Properties.Environment as {
    Variables: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(Variables).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
};

describe("what holds data", () => {
  test("has logical ids that never change: another id is another, empty resource", () => {
    const kept = Object.entries(resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === "Retain");
    expect(Object.fromEntries(kept.map(([id, { Type }]) => [id, Type]))).toEqual({
      OrdersTable: "AWS::DynamoDB::Table",
      OrdersValues: "AWS::S3::Bucket",
      OrdersSecret: "AWS::SecretsManager::Secret",
      OrdersDoorbell: "AWS::SQS::Queue",
      OrdersLostRings: "AWS::SQS::Queue",
      OrdersDeadLetters: "AWS::SQS::Queue",
    });
    expect(kept.every(([, { UpdateReplacePolicy }]) => UpdateReplacePolicy === "Retain")).toBe(true);
    // The versions that runs are pinned to belong to this very function.
    expect(resources.OrdersDispatcher?.Type).toBe("AWS::Lambda::Function");
  });

  test("as the secret is changed by a function of the account's where one is given, not at the deployment", () => {
    const stack = new Stack(quickApp(), "Stack");
    const code = Code.fromInline("exports.handler = async () => {}");
    const changes = new LambdaFunction(stack, "Changes", {
      runtime: Runtime.NODEJS_24_X,
      handler: "index.handler",
      code,
    });
    const every = Duration.days(7);
    new Holdfast(stack, "Orders", { tasks: "examples/order/tasks", rotation: { function: changes, every } });
    const rotated = Template.fromStack(stack);
    rotated.hasResourceProperties("AWS::SecretsManager::RotationSchedule", {
      SecretId: { Ref: "OrdersSecret" },
      RotateImmediatelyOnUpdate: false,
      RotationRules: { ScheduleExpression: "rate(7 days)" },
    });
    rotated.hasResourceProperties("AWS::Lambda::Permission", { Principal: "secretsmanager.amazonaws.com" });
    template.resourceCountIs("AWS::SecretsManager::RotationSchedule", 0);
  });

  test("goes with the stack only where that is asked for", () => {
    const thrownAway = Object.values(resourcesOf(templateOf({ removalPolicy: RemovalPolicy.DESTROY })));
    expect(thrownAway.filter(({ DeletionPolicy }) => DeletionPolicy === "Retain")).toEqual([]);
    expect(
      thrownAway.find(({ Type }) => Type === "AWS::DynamoDB::Table")?.Properties.DeletionProtectionEnabled,
    ).toBe(false);
  });

  test("is a table on demand, with recovery to any second, protected, and with the keys that the store uses", () => {
    const index = ({
      name,
      partitionKey,
      sortKey,
      projection,
    }: (typeof tableDefinition.indexes)[number]) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: partitionKey.name, KeyType: "HASH" },
        { AttributeName: sortKey.name, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: projection },
    });
    const { partitionKey, sortKey, indexes, timeToLive } = tableDefinition;
    const attributes = [
      partitionKey,
      sortKey,
      ...indexes.flatMap((each) => [each.partitionKey, each.sortKey]),
    ];
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      KeySchema: [
        { AttributeName: partitionKey.name, KeyType: "HASH" },
        { AttributeName: sortKey.name, KeyType: "RANGE" },
      ],
      AttributeDefinitions: attributes.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      GlobalSecondaryIndexes: indexes.map(index),
    });
  });

  test("is a private bucket, encrypted, in which no rule deletes a value", () => {
    template.hasResourceProperties("AWS::S3::Bucket", {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
    });
    const [[, bucket] = []] = ofType("AWS::S3::Bucket");
    expect(JSON.stringify(bucket?.Properties.LifecycleConfiguration)).not.toMatch(/"Expiration/);
    // Erasing takes away one copy by its version: what was put again meanwhile stays.
    expect(bucket?.Properties.VersioningConfiguration).toEqual({ Status: "Enabled" });
  });

  test("refuses everything without TLS: queues and bucket", () => {
    const policies = [...ofType("AWS::SQS::QueuePolicy"), ...ofType("AWS::S3::BucketPolicy")];
    expect(policies).toHaveLength(4);
    for (const [, { Properties }] of policies) {
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test("is a secret that begins with nothing in it, so that CloudFormation never writes over what is there", () => {
    template.hasResourceProperties("AWS::SecretsManager::Secret", {
      SecretString: Match.absent(),
      GenerateSecretString: Match.absent(),
    });
  });
});

describe("the doorbell", () => {
  test("keeps a ring invisible for six times as long as a pass may last, and gives up after ten tries", () => {
    template.hasResourceProperties("AWS::SQS::Queue", {
      VisibilityTimeout: 5_400,
      RedrivePolicy: {
        deadLetterTargetArn: { "Fn::GetAtt": ["OrdersLostRings", "Arn"] },
        maxReceiveCount: 10,
      },
    });
    const short = resourcesOf(templateOf({ timeout: Duration.seconds(30) })).OrdersDoorbell;
    expect(short?.Properties.VisibilityTimeout).toBe(180);
  });

  test("is encrypted, as the others are; what is put aside lives longer than what is not", () => {
    const queues = ofType("AWS::SQS::Queue");
    expect(
      queues.map(([id, { Properties }]) => [
        id,
        Properties.SqsManagedSseEnabled,
        Properties.MessageRetentionPeriod,
      ]),
    ).toEqual([
      ["OrdersLostRings", true, 1_209_600],
      ["OrdersDeadLetters", true, 1_209_600],
      ["OrdersDoorbell", true, 345_600],
    ]);
  });

  test("rings the live version with one message at a time, and takes back single failures", () => {
    template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 100 },
    });
    const [[, source] = []] = ofType("AWS::Lambda::EventSourceMapping");
    expect(JSON.stringify(source?.Properties.FunctionName)).toMatch(/OrdersLive.*":live"/);
  });
});

describe("the dispatcher", () => {
  test("may ring for itself for ever: without this, Lambda would stop a run after 16 passes", () => {
    expect(functionNamed(/works on runs/).Properties.RecursiveLoop).toBe("Allow");
  });

  test("keeps its published versions when another is published, and drops one whose deployment failed", () => {
    const [[, version] = []] = ofType("AWS::Lambda::Version");
    expect(version).toMatchObject({ DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" });
  });

  test("names the author's lines in the stack of an error, whatever else he tells Node", () => {
    expect(environmentOf(/works on runs/).NODE_OPTIONS).toBe("--enable-source-maps");
    const given = resourcesOf(templateOf({ environment: { NODE_OPTIONS: "--dns-result-order=ipv4first" } }));
    expect(JSON.stringify(given.OrdersDispatcher?.Properties.Environment)).toContain(
      '"NODE_OPTIONS":"--dns-result-order=ipv4first --enable-source-maps"',
    );
  });

  test("is what new runs are pinned to: by version and hash", () => {
    const { HOLDFAST_CODE_VERSION } = environmentOf(/answers requests/);
    expect(HOLDFAST_CODE_VERSION).toMatch(/"Fn::Join".*CurrentVersion.*"Version".*"\.0000000000000000"/);
    expect(environmentOf(/works on runs/).HOLDFAST_CODE_VERSION).toBe("0000000000000000");
  });
});

describe("every function", () => {
  test("runs on arm64 and the newest Node, and its log does not grow for ever", () => {
    expect(ofType("AWS::Lambda::Function")).toHaveLength(5);
    for (const [, { Properties }] of ofType("AWS::Lambda::Function")) {
      expect(Properties).toMatchObject({
        Architectures: ["arm64"],
        Runtime: "nodejs24.x",
        Handler: expect.stringMatching(/^(planner\/)?index\.handler$/),
      });
      expect(Properties.LoggingConfig).toMatchObject({
        LogFormat: "JSON",
        LogGroup: { Ref: expect.stringContaining("Logs") },
      });
    }
    expect(ofType("AWS::Logs::LogGroup").map(([, { Properties }]) => Properties.RetentionInDays)).toEqual([
      30, 30, 30, 30, 30, 30,
    ]);
  });

  test("has a log that can be searched; the access log alone, which nobody searches, is of the class at half the price", () => {
    const groups = ofType("AWS::Logs::LogGroup");
    const rare = groups.filter(([, { Properties }]) => Properties.LogGroupClass === "INFREQUENT_ACCESS");
    const others = groups.filter(([, { Properties }]) => Properties.LogGroupClass === undefined);
    expect([rare.length, others.length]).toEqual([1, 5]);
    const [id = ""] = rare[0] ?? [];
    const stages = ofType("AWS::ApiGatewayV2::Stage").map(
      ([, { Properties }]) => Properties.AccessLogSettings,
    );
    expect(JSON.stringify(stages)).toContain(`"DestinationArn":{"Fn::GetAtt":["${id}","Arn"]}`);
    // What that class lacks is asked of no group: no metric filter, no subscription; the right to search is for the others.
    expect([...ofType("AWS::Logs::MetricFilter"), ...ofType("AWS::Logs::SubscriptionFilter")]).toEqual([]);
    const roles = ofType("AWS::IAM::Role").map(([, role]) => JSON.stringify(role));
    expect(roles.some((text) => text.includes("logs:FilterLogEvents"))).toBe(true);
    expect(roles.filter((text) => text.includes(`"${id}"`))).toEqual([]);
  });

  test("has code of its own, but for the planner: that plays what the dispatcher runs, from one package", () => {
    const places = ofType("AWS::Lambda::Function").map(
      ([
        ,
        {
          Properties: { Description, Code, Handler },
        },
      ]) => [String(Description).replace("Holdfast: ", ""), Handler, JSON.stringify(Code)],
    );
    const [planner, dispatcher] = [/says what resuming/, /works on runs/].map((word) =>
      places.find(([name]) => word.test(String(name))),
    );
    expect(planner?.[1]).toBe("planner/index.handler");
    expect(planner?.[2]).toBe(dispatcher?.[2]);
  });

  test("is told all that its code asks for", () => {
    const name = { AWS_LAMBDA_FUNCTION_NAME: "given by Lambda", AWS_LAMBDA_FUNCTION_VERSION: "too" };
    expect(dispatcherConfig({ ...environmentOf(/works on runs/), ...name })).toMatchObject({
      leaseMs: 30_000,
      leaveAfterMs: 300_000,
    });
    const group = { AWS_LAMBDA_LOG_GROUP_NAME: "given by Lambda" };
    expect(apiConfig({ ...environmentOf(/answers requests/), ...group }).table).toContain("OrdersTable");
    expect(timerConfig(environmentOf(/rings for/)).tickMs).toBe(60_000);
  });
});

test("the timer ticks each minute", () => {
  template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)" });
});

test("two projects live in one stack; the same one twice is refused", async () => {
  const { Stack } = await import("aws-cdk-lib");
  const { Template } = await import("aws-cdk-lib/assertions");
  const { Holdfast } = await import("../../infra/index.ts");
  const { quickApp } = await import("./synthesized.ts");
  const stack = new Stack(quickApp(), "Stack");
  new Holdfast(stack, "Orders", { tasks: "x" });
  new Holdfast(stack, "Mail-Shots", { tasks: "x" });
  expect(Object.keys(Template.fromStack(stack).findResources("AWS::DynamoDB::Table"))).toEqual([
    "OrdersTable",
    "MailShotsTable",
  ]);
});
