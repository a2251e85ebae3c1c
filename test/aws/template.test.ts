/** Templates: what `Ref` and the functions give, and that nothing unknown passes. */
import { describe, expect, test } from "vitest";
import { mappingsOf } from "./eventsource.ts";
import type { Json, JsonObject } from "./json.ts";
import { demandPermission } from "./permissions.ts";
import { smallTemplate } from "./small-stack.ts";
import { Template } from "./template.ts";

const place = { stack: "Small", region: "eu-central-1", account: "000000000000", versionNumber: () => 7 };
const read = (template: JsonObject): Template => new Template(template, place);
const small = read(smallTemplate());
const value = (json: Json): Json => small.resolve(json);

describe("intrinsic functions", () => {
  test.each<[string, Json, Json]>([
    [
      "Ref of a queue is its URL",
      { Ref: "Bell" },
      "https://sqs.eu-central-1.amazonaws.com/000000000000/Small-Bell",
    ],
    [
      "Ref of a secret is its ARN",
      { Ref: "Secret" },
      "arn:aws:secretsmanager:eu-central-1:000000000000:secret:Small-Secret-AbCdEf",
    ],
    [
      "Ref of an alias is its ARN",
      { Ref: "Live" },
      "arn:aws:lambda:eu-central-1:000000000000:function:Small-Worker:live",
    ],
    ["Ref of a pseudo parameter", { Ref: "AWS::Partition" }, "aws"],
    [
      "GetAtt",
      { "Fn::GetAtt": ["Table", "Arn"] },
      "arn:aws:dynamodb:eu-central-1:000000000000:table/Small-Table",
    ],
    ["GetAtt with a dot", { "Fn::GetAtt": "Versionone.Version" }, "7"],
    [
      "Join, Select and Split",
      { "Fn::Join": ["-", ["a", { "Fn::Select": [1, { "Fn::Split": ["/", "b/c"] }] }]] },
      "a-c",
    ],
    [
      "Sub",
      { "Fn::Sub": [`\${x} \${Table} \${!kept} \${AWS::Region}`, { x: "y" }] },
      `y Small-Table \${kept} eu-central-1`,
    ],
    [
      "AWS::NoValue drops its member",
      { a: { Ref: "AWS::NoValue" }, b: [{ Ref: "AWS::NoValue" }, 1] },
      { b: [1] },
    ],
  ])("%s", (_, given, wanted) => {
    expect(value(given)).toEqual(wanted);
  });
  test.each<[string, Json, RegExp]>([
    ["a function", { "Fn::If": ["a", 1, 2] }, /intrinsic function Fn::If/],
    ["a resource", { Ref: "Nobody" }, /no resource Nobody/],
    ["an attribute", { "Fn::GetAtt": ["Table", "StreamArn"] }, /Table\.StreamArn .* is not known/],
    ["a pseudo parameter", { Ref: "AWS::NotificationARNs" }, /pseudo parameter AWS::NotificationARNs/],
  ])("%s that is not known throws", (_, given, wanted) => {
    expect(() => value(given)).toThrow(wanted);
  });
});

const withResource = (resource: JsonObject): JsonObject => smallTemplate({ more: { Extra: resource } });

describe("a template with something unknown throws", () => {
  test.each<[string, JsonObject, RegExp]>([
    ["type", withResource({ Type: "AWS::SNS::Topic" }), /type AWS::SNS::Topic/],
    ["property", withResource({ Type: "AWS::S3::Bucket", Properties: { Tricks: 1 } }), /Tricks of Extra/],
    ["condition", withResource({ Type: "AWS::S3::Bucket", Condition: "Sometimes" }), /under a condition/],
    ["section", { ...smallTemplate(), Transform: "AWS::Serverless" }, /section Transform/],
    ["parameter", { ...smallTemplate(), Parameters: { Size: {} } }, /parameter Size/],
  ])("%s", (_, template, wanted) => {
    expect(() => read(template)).toThrow(wanted);
  });
});

const mapping = (properties: JsonObject): JsonObject =>
  withResource({
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { EventSourceArn: "arn:aws:sqs:r:a:q", FunctionName: "f", ...properties },
  });

test.each<[string, JsonObject, RegExp]>([
  ["a batching window", { MaximumBatchingWindowInSeconds: 5 }, /batching window/],
  ["a concurrency of one", { ScalingConfig: { MaximumConcurrency: 1 } }, /from 2 to 1000/],
  ["a scaling that is not known", { ScalingConfig: { Provisioned: 1 } }, /Provisioned/],
])("an event source with %s throws", (_, properties, wanted) => {
  expect(() => mappingsOf(read(mapping(properties)))).toThrow(wanted);
});

test("a service invokes a function only with a permission for it", () => {
  const worker = small.attribute("Worker", "Arn");
  const source = `arn:aws:execute-api:eu-central-1:000000000000:${small.ref("Api")}/$default/GET/{proxy+}`;
  expect(() => demandPermission(small, "apigateway.amazonaws.com", worker, source)).not.toThrow();
  expect(() => demandPermission(small, "events.amazonaws.com", worker, source)).toThrow(/not authorized/);
  expect(() => demandPermission(small, "apigateway.amazonaws.com", `${worker}:live`, source)).toThrow(
    /not authorized/,
  );
});
