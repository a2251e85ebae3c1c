/** Decisions by the policies of a template, in AWS's words. */
import { describe, expect, test } from "vitest";
import { matches, Policies } from "./iam.ts";
import type { Json, JsonObject } from "./json.ts";
import { smallTemplate, usualStatements } from "./small-stack.ts";
import { Template } from "./template.ts";

const place = { stack: "Small", region: "eu-central-1", account: "000000000000", versionNumber: () => 1 };
const policies = (statements: readonly JsonObject[] = usualStatements, more: JsonObject = {}): Policies =>
  new Policies(new Template(smallTemplate({ statements, more }), place));
const who = { role: "Small-Role", session: "Small-Worker" };
const table = "arn:aws:dynamodb:eu-central-1:000000000000:table/Small-Table";
const decide = (all: Policies, action: string, resource: string) => all.decide(who, { action, resource });

describe("a call is", () => {
  test("allowed by a statement that names action and resource", () => {
    expect(decide(policies(), "dynamodb:PutItem", table)).toEqual({ allowed: true });
  });
  test("refused without one", () => {
    expect(decide(policies(), "dynamodb:DeleteItem", table)).toEqual({
      allowed: false,
      message: `User: arn:aws:sts::000000000000:assumed-role/Small-Role/Small-Worker is not authorized to perform: dynamodb:DeleteItem on resource: ${table} because no identity-based policy allows the dynamodb:DeleteItem action`,
    });
  });
  test("refused on another resource, an index of the table for one", () => {
    expect(decide(policies(), "dynamodb:PutItem", `${table}/index/wake`).allowed).toBe(false);
    expect(decide(policies(), "dynamodb:PutItem", `${table}2`).allowed).toBe(false);
  });
  test("refused to another role", () => {
    const all = policies();
    const ask = { action: "dynamodb:PutItem", resource: table };
    expect(all.decide({ role: "Nobody", session: "x" }, ask).allowed).toBe(false);
  });
  test("refused by a deny, though another statement allows it", () => {
    const deny = { Effect: "Deny", Action: "dynamodb:*", Resource: "*" };
    const decision = decide(policies([...usualStatements, deny]), "dynamodb:PutItem", table);
    expect(decision).toMatchObject({
      message: expect.stringMatching(/with an explicit deny in an identity-based policy$/),
    });
  });
  test("refused by a resource's own policy", () => {
    const statement = { Effect: "Deny", Action: "sqs:SendMessage", Resource: "*", Principal: "*" };
    const policy = {
      Type: "AWS::SQS::QueuePolicy",
      Properties: { Queues: [], PolicyDocument: { Statement: [statement] } },
    };
    const decision = decide(
      policies(usualStatements, { Own: policy }),
      "sqs:SendMessage",
      "arn:aws:sqs:eu-central-1:000000000000:Small-Bell",
    );
    expect(decision).toMatchObject({
      message: expect.stringMatching(/with an explicit deny in a resource-based policy$/),
    });
  });
});

describe("throws for", () => {
  const statement = (more: JsonObject): JsonObject => ({
    Effect: "Allow",
    Action: "dynamodb:GetItem",
    Resource: "*",
    ...more,
  });
  test.each<[string, JsonObject, RegExp]>([
    ["an action", statement({ Action: "dynamodb:Gobble" }), /allows dynamodb:Gobble/],
    ["a wildcard of actions", statement({ Action: "dynamodb:*" }), /allows dynamodb:\*/],
    [
      "a condition",
      statement({ Condition: { StringEquals: { "aws:PrincipalTag/x": "y" } } }),
      /condition of Role/,
    ],
    ["a policy variable", statement({ Resource: `arn:\${aws:username}` }), /policy variable/],
    ["NotAction", { Effect: "Allow", NotAction: "s3:*", Resource: "*" }, /NotAction/],
  ])("%s that it does not know", (_, given, wanted) => {
    expect(() => policies([given])).toThrow(wanted);
  });
  test("a managed policy", () => {
    const properties: Json = {
      AssumeRolePolicyDocument: {},
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/Admin"],
    };
    expect(() => policies([], { Other: { Type: "AWS::IAM::Role", Properties: properties } })).toThrow(
      /ManagedPolicyArns/,
    );
  });
  test("an allow of a resource's policy for anybody but a service", () => {
    const document: Json = { Statement: [statement({ Principal: { AWS: "*" } })] };
    const policy = { Type: "AWS::S3::BucketPolicy", Properties: { Bucket: "b", PolicyDocument: document } };
    expect(() => policies([], { Own: policy })).toThrow(/does not know what Own\[0\] means/);
  });
});

test("a condition on partition keys holds for every key that is asked for", () => {
  const Condition = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["queue#*"] } };
  const own = policies([
    { Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: table, Condition },
  ] as unknown as JsonObject[]);
  const asked = (leadingKeys: string[]): boolean =>
    own.decide(who, { action: "dynamodb:DeleteItem", resource: table, leadingKeys }).allowed;
  expect([asked(["queue#q"]), asked(["run#1"]), asked(["queue#q", "run#1"])]).toEqual([true, false, false]);
});

test("grants that nothing rested on are told", () => {
  const all = policies();
  decide(all, "dynamodb:PutItem", table);
  const unused = all.unused().map(({ action }) => action);
  expect(unused).toContain("dynamodb:GetItem");
  expect(unused).not.toContain("dynamodb:PutItem");
});

test("patterns: * and ?, and nothing else of regular expressions", () => {
  expect([
    matches("a*c", "abbc"),
    matches("a?c", "abc"),
    matches("a?c", "abbc"),
    matches("a.c", "abc"),
  ]).toEqual([true, true, false, false]);
});
