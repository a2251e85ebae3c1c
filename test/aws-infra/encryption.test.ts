/** `encryption: true`: what it adds to a stack, and who may read the key. */
import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { describe, expect, test } from "vitest";
import { Holdfast } from "../../infra/index.ts";
import { quickApp, type Resource, resourcesOf, templateOf } from "./synthesized.ts";

type Resources = Readonly<Record<string, Resource>>;

const ofType = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith("Orders"));

describe("encryption", () => {
  const resources = resourcesOf(templateOf({ encryption: true }));
  const sids = (pattern: RegExp): string[] => {
    const [role] = ofType(resources, "AWS::IAM::Role").filter(([id]) => pattern.test(id));
    const policies = (role?.[1].Properties.Policies ?? []) as {
      PolicyDocument: { Statement: { Sid: string }[] };
    }[];
    const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    return statements.map(({ Sid }) => Sid).filter((sid) => sid.endsWith("EncryptionKey"));
  };

  test("puts an empty secret under a KMS key that turns, both of which outlive the stack", () => {
    expect(resources.OrdersEncryption).toMatchObject({
      Properties: { KmsKeyId: { "Fn::GetAtt": ["OrdersEncryptionKey", "Arn"] } },
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
    for (const name of ["SecretString", "GenerateSecretString"])
      expect(resources.OrdersEncryption?.Properties).not.toHaveProperty(name);
    expect(resources.OrdersEncryptionKey).toMatchObject({
      Properties: { EnableKeyRotation: true },
      DeletionPolicy: "Retain",
    });
  });

  test("lets dispatcher, api, timer and planner read it, and tells them where it is; not the housekeeper", () => {
    const both = ["ReadEncryptionKey", "OpenEncryptionKey"];
    for (const pattern of [/Dispatcher/, /ApiFunction/, /Timer/, /Planner/])
      expect(sids(pattern)).toEqual(both);
    expect(sids(/Housekeeper/)).toEqual([]);
    const told = ofType(resources, "AWS::Lambda::Function").filter(([, { Properties }]) =>
      JSON.stringify(Properties).includes("HOLDFAST_ENCRYPTION_ID"),
    );
    expect(told).toHaveLength(4);
  });

  test("takes the account's own key where there is one", () => {
    const stack = new Stack(quickApp(), "Stack");
    new Holdfast(stack, "Orders", { tasks: "x", encryption: true, kmsKey: new Key(stack, "Key") });
    const own = resourcesOf(Template.fromStack(stack));
    expect(ofType(own, "AWS::KMS::Key")).toEqual([]);
    expect(own.OrdersEncryption?.Properties.KmsKeyId).toEqual({
      "Fn::GetAtt": [expect.stringMatching(/^Key/), "Arn"],
    });
  });
});

test("encryption makes no other resource of what holds data", () => {
  const isOwn = (id: string): boolean => /^OrdersEncryption/.test(id);
  const rest = (template: Template): string[] =>
    Object.keys(resourcesOf(template)).filter((id) => /^Orders[A-Z][a-zA-Z]+$/.test(id) && !isOwn(id));
  expect(rest(templateOf({ encryption: true }))).toEqual(rest(templateOf()));
});
