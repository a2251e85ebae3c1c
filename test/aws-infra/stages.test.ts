/**
 * Stages and projects side by side: several stacks of one app, several constructs in one stack. No name is anybody else's, and
 * no role of one may do anything with what is the other's.
 */
import { Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { Holdfast } from "../../infra/index.ts";
import { Policies } from "../aws/iam.ts";
import { type Statement, statementsOf } from "../aws/iam-statements.ts";
import type { JsonObject } from "../aws/json.ts";
import { Template } from "../aws/template.ts";
import { quickApp } from "./synthesized.ts";

/** An app with these stacks and the constructs in each, as the bench reads them. */
function templates(stacks: Readonly<Record<string, readonly string[]>>): Template[] {
  const app = quickApp();
  for (const [name, ids] of Object.entries(stacks)) {
    const stack = new Stack(app, name);
    for (const id of ids) {
      const project = new Holdfast(stack, id, { tasks: "x" });
      project.grantTrigger(new Role(stack, `${id}Caller`, { assumedBy: new AccountRootPrincipal() }));
    }
  }
  const assembly = app.synth();
  return Object.keys(stacks).map((stack) => {
    const file = assembly.getStackByName(stack).template as JsonObject;
    const place = { stack, region: "eu-central-1", account: "000000000000", versionNumber: () => 1 };
    return new Template(file, place);
  });
}

/** What a statement lets do, each with a resource that fits it. */
const asksOf = ({ effect, actions, resources }: Statement) =>
  effect === "Deny"
    ? []
    : actions.flatMap((action) =>
        resources.map((resource) => ({ action, resource: resource.replaceAll("*", "some") })),
      );

/** Roles, and all that those whose name fits may do. */
function rightsIn(template: Template, roles = /./): [string, ReturnType<typeof asksOf>][] {
  return [...statementsOf(template).ofRole]
    .filter(([role]) => roles.test(role))
    .map(([role, statements]) => [role, statements.flatMap(asksOf)]);
}

/** What roles of the first may do with what is the second's. */
function crossings(from: Template, roles: RegExp, to: Template, others: RegExp): string[] {
  const policies = new Policies(from);
  const theirs = rightsIn(to, others).flatMap(([, asks]) => asks);
  return rightsIn(from, roles).flatMap(([role]) =>
    theirs
      .filter((ask) => policies.decide({ role, session: "test" }, ask).allowed)
      .map(({ action, resource }) => `${role} may ${action} on ${resource}`),
  );
}

/** By type, the property that would fix a name. */
const fixed: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::Table": "TableName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SecretsManager::Secret": "Name",
  "AWS::IAM::Role": "RoleName",
  "AWS::Lambda::Function": "FunctionName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::Events::Rule": "Name",
  "AWS::CloudWatch::Alarm": "AlarmName",
};

const namesIn = (template: Template): string[] =>
  Object.keys(fixed).flatMap((type) => template.all(type).map(({ id }) => template.ref(id)));

describe("two stages, each a stack", () => {
  const [live, trial] = templates({ "Orders-Live": ["Orders"], "Orders-Trial": ["Orders"] });
  if (live === undefined || trial === undefined) throw new Error("no templates");

  test("name nothing themselves but the api function, after the stack: the rest is named by CloudFormation", () => {
    const named = Object.entries(fixed).flatMap(([type, property]) => {
      expect(live.all(type).length).toBeGreaterThan(0);
      return live.all(type).flatMap(({ properties }) => properties[property] ?? []);
    });
    expect(named).toEqual([expect.stringMatching(/^OrdersLive-Orders-[0-9A-F]{8}-ApiFunction$/)]);
    const both = [...namesIn(live), ...namesIn(trial)];
    expect(new Set(both).size).toBe(both.length);
  });

  test("have roles that may do nothing with what is the other's", () => {
    // What is asked of others is what each may do at home.
    expect(crossings(live, /./, live, /./)).not.toEqual([]);
    expect(crossings(live, /./, trial, /./)).toEqual([]);
    expect(crossings(trial, /./, live, /./)).toEqual([]);
  });

  test("tell their tasks which they are", () => {
    const told = [live, trial].map((template) => {
      const { Variables } = template.resource("OrdersDispatcher").properties.Environment as JsonObject;
      const { HOLDFAST_STAGE, HOLDFAST_PROJECT } = Variables as JsonObject;
      return [HOLDFAST_STAGE, HOLDFAST_PROJECT];
    });
    expect(told).toEqual([
      ["Orders-Live", "Orders"],
      ["Orders-Trial", "Orders"],
    ]);
  });

  test("tell callers the same outputs, each its own values", () => {
    const names = ["OrdersApiFunctionName", "OrdersSecretArn", "OrdersUrl"];
    expect([...live.outputs.keys()].sort()).toEqual(names);
    expect([...trial.outputs.keys()].sort()).toEqual(names);
    expect(live.outputs.get("OrdersSecretArn")).not.toBe(trial.outputs.get("OrdersSecretArn"));
  });
});

describe("two projects in one stack", () => {
  const [both] = templates({ Shop: ["Orders", "MailShots"] });
  if (both === undefined) throw new Error("no template");

  test("have names of their own", () => {
    expect(new Set(namesIn(both)).size).toBe(namesIn(both).length);
  });

  test("have roles that may do nothing with what is the other's, callers without a key among them", () => {
    const [orders, mails] = [/^Shop-Orders/, /^Shop-MailShots/];
    expect(rightsIn(both, orders)).toHaveLength(6);
    expect(rightsIn(both, mails)).toHaveLength(6);
    expect(crossings(both, orders, both, mails)).toEqual([]);
    expect(crossings(both, mails, both, orders)).toEqual([]);
  });
});
