/** What each function may do: exactly this list. And cdk-nag: both packs, every exception argued. */
import { Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { Holdfast } from "../../infra/index.ts";
import { quickApp, resourcesOf, templateOf } from "./synthesized.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
  readonly Sid?: string;
}

const resources = resourcesOf(templateOf());
const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function statements(pattern: RegExp): Statement[] {
  return Object.entries(resources)
    .filter(
      ([id, { Type }]) => pattern.test(id) && (Type === "AWS::IAM::Role" || Type === "AWS::IAM::Policy"),
    )
    .flatMap(([, { Properties }]) => {
      const inline = (Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
      const own = Properties.PolicyDocument as { Statement: Statement[] } | undefined;
      return [...inline.flatMap(({ PolicyDocument }) => PolicyDocument.Statement), ...(own?.Statement ?? [])];
    });
}

/** `<logical id>` and what is put behind its ARN. */
function short(resource: unknown): string {
  const given = resource as
    | { Ref?: string; "Fn::GetAtt"?: string[]; "Fn::Join"?: [string, unknown[]] }
    | string;
  if (typeof given === "string") return given;
  if (given["Fn::Join"] !== undefined) return given["Fn::Join"][1].map(short).join("");
  return `<${given.Ref ?? given["Fn::GetAtt"]?.[0]}>`;
}

const allowed = (pattern: RegExp): Record<string, string> =>
  Object.fromEntries(
    statements(pattern).map(({ Sid = "", Action, Resource, Condition }) => {
      const where = Condition === undefined ? "" : ` where ${JSON.stringify(Condition)}`;
      return [Sid, `${list(Action).join(" ")} on ${list(Resource).map(short).join(" and ")}${where}`];
    }),
  );

describe("permissions", () => {
  test("of the dispatcher", () => {
    expect(allowed(/Dispatcher/)).toMatchInlineSnapshot(`
      {
        "CallApi": "lambda:InvokeFunction on arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:Stack-Orders-EEDB7941-ApiFunction",
        "EndTurns": "dynamodb:DeleteItem on <OrdersTable> where {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["queue#*"]}}",
        "HandOff": "lambda:InvokeFunction on <OrdersDispatcher>:*",
        "HearRings": "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on <OrdersDoorbell>",
        "KeepValues": "s3:GetObject s3:PutObject on <OrdersValues>/values/*",
        "KnowWhatIsMissing": "s3:ListBucket on <OrdersValues>",
        "ReadSecret": "secretsmanager:GetSecretValue on <OrdersSecret>",
        "Ring": "sqs:SendMessage on <OrdersDoorbell>",
        "WorkOnRuns": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:Query on <OrdersTable>",
        "WriteDeadLetters": "sqs:SendMessage on <OrdersDeadLetters>",
        "WriteLogs": "logs:CreateLogStream logs:PutLogEvents on <OrdersDispatcherLogs5EA117A5>",
      }
    `);
  });
  test("of the api", () => {
    expect(allowed(/ApiFunction/)).toMatchInlineSnapshot(`
      {
        "EraseRuns": "dynamodb:DeleteItem on <OrdersTable> where {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["run#*","key#*","value#*"]}}",
        "EraseValues": "s3:DeleteObjectVersion on <OrdersValues>/values/*",
        "FindDeliveries": "logs:FilterLogEvents on <OrdersApiFunctionLogs06C98D5A>",
        "FindLines": "logs:FilterLogEvents on <OrdersDispatcherLogs5EA117A5>",
        "FindRuns": "dynamodb:Query on <OrdersTable>/index/runs and <OrdersTable>/index/batches",
        "HavePlanned": "lambda:InvokeFunction on <OrdersPlanner7C94180F>",
        "KeepValues": "s3:GetObject s3:PutObject on <OrdersValues>/values/*",
        "KnowWhatIsMissing": "s3:ListBucket on <OrdersValues>",
        "ReadHeads": "dynamodb:BatchGetItem on <OrdersTable>",
        "ReadSecret": "secretsmanager:GetSecretValue on <OrdersSecret>",
        "Ring": "sqs:SendMessage on <OrdersDoorbell>",
        "WorkOnRuns": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:Query on <OrdersTable>",
        "WriteLogs": "logs:CreateLogStream logs:PutLogEvents on <OrdersApiFunctionLogs06C98D5A>",
      }
    `);
  });
  test("of the timer", () => {
    expect(allowed(/Timer/)).toMatchInlineSnapshot(`
      {
        "FindRuns": "dynamodb:Query on <OrdersTable>/index/runs and <OrdersTable>/index/wake",
        "PickUpLostRings": "sqs:ReceiveMessage sqs:DeleteMessage on <OrdersLostRings>",
        "ReadHeads": "dynamodb:BatchGetItem on <OrdersTable>",
        "Ring": "sqs:SendMessage on <OrdersDoorbell>",
        "WorkOnRuns": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:Query on <OrdersTable>",
        "WriteLogs": "logs:CreateLogStream logs:PutLogEvents on <OrdersTimerLogsDFB8A74A>",
      }
    `);
  });
  test("of the planner: to read", () => {
    expect(allowed(/Planner/)).toMatchInlineSnapshot(`
      {
        "FetchCode": "lambda:GetFunction on <OrdersDispatcher>:*",
        "FindValues": "s3:GetObject on <OrdersValues>/values/*",
        "KnowWhatIsMissing": "s3:ListBucket on <OrdersValues>",
        "ListVersions": "lambda:ListVersionsByFunction on <OrdersDispatcher>",
        "ReadRuns": "dynamodb:GetItem dynamodb:Query on <OrdersTable>",
        "ReadSecret": "secretsmanager:GetSecretValue on <OrdersSecret>",
        "WriteLogs": "logs:CreateLogStream logs:PutLogEvents on <OrdersPlannerLogs77A2E476>",
      }
    `);
  });
  test("of the housekeeper", () => {
    expect(allowed(/Housekeeper/)).toMatchInlineSnapshot(`
      {
        "EraseRuns": "dynamodb:DeleteItem on <OrdersTable> where {"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["run#*","key#*","value#*"]}}",
        "EraseValues": "s3:DeleteObjectVersion on <OrdersValues>/values/*",
        "FindRuns": "dynamodb:Query on <OrdersTable>/index/runs",
        "FindValues": "s3:GetObject on <OrdersValues>/values/*",
        "KnowWhatIsMissing": "s3:ListBucket on <OrdersValues>",
        "ListVersions": "lambda:ListVersionsByFunction on <OrdersDispatcher>",
        "ReadHeads": "dynamodb:BatchGetItem on <OrdersTable>",
        "ReapVersions": "lambda:DeleteFunction on <OrdersDispatcher>:*",
        "SweepRuns": "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:Query on <OrdersTable>",
        "WriteLogs": "logs:CreateLogStream logs:PutLogEvents on <OrdersHousekeeperLogs9BC490AA>",
      }
    `);
  });

  test("name no wildcard for an action or a whole resource, and no managed policy", () => {
    for (const { Action, Resource } of statements(/./)) {
      expect(list(Action).filter((action) => action.includes("*"))).toEqual([]);
      expect(list(Resource)).not.toContain("*");
    }
    expect(JSON.stringify(resources)).not.toContain("ManagedPolicyArns");
  });
});

describe("cdk-nag", () => {
  test.each([
    ["AwsSolutions", AwsSolutionsChecks],
    ["Serverless", ServerlessChecks],
  ])("%s finds nothing that is not argued", (_, Checks) => {
    const app = quickApp();
    Validations.of(app).addPlugins(new Checks(app));
    const stack = new Stack(app, "Stack");
    new Holdfast(stack, "Orders", { tasks: "x", machines: ["medium-1x", "large-2x"] });
    expect(() => app.synth()).not.toThrow();
  });

  test("finds what is wrong: the check itself works", async () => {
    const { Bucket } = await import("aws-cdk-lib/aws-s3");
    const app = quickApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    new Bucket(new Stack(app, "Stack"), "Open");
    expect(() => app.synth()).toThrow();
  });
});
