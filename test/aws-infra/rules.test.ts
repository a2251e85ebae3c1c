/**
 * CloudFormation's own rules, as the CDK has them built in, on every kind of stack. They are a program of their own that takes four
 * seconds to start: the other tests put stacks together without it (`CDK_VALIDATION` in `vitest.config.ts`).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, CfnResource, Stack } from "aws-cdk-lib";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HoldfastProps } from "../../infra/index.ts";
import { root } from "../world/place.ts";
import { folderWith } from "./place.ts";

/** The construct as it is compiled: only there is the process that builds the code. */
const { Holdfast } = (await import(
  join(root, "dist", "infra", "index.js")
)) as typeof import("../../infra/index.ts");

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly conclusion: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly severity?: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

beforeEach(() => {
  vi.stubEnv("CDK_VALIDATION", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** An app with the flags of our `cdk.json`; the code of the stacks in `built` is built. */
function appWith(built: readonly string[]): App {
  const { context } = JSON.parse(readFileSync(join(root, "cdk.json"), "utf8")) as { context: object };
  // A finding ends a synth: here it is to be read first.
  const told = { "@aws-cdk/core:failSynthOnValidationErrors": false };
  return new App({
    outdir: folderWith(),
    context: { ...context, ...told, "aws:cdk:bundling-stacks": [...built] },
  });
}

/** What CloudFormation would not take: the paths of what each rule found. */
function refused(app: App): string[] {
  const { directory } = app.synth();
  const { pluginReports } = JSON.parse(
    readFileSync(join(directory, "validation-report.json"), "utf8"),
  ) as Report;
  const own = pluginReports.filter(({ pluginName }) => pluginName === "CloudFormation Validate");
  expect(own).toHaveLength(1);
  const found = own.flatMap(({ violations }) => violations);
  const errors = found.filter(({ severity }) => severity === "error" || severity === "fatal");
  expect(own.map(({ conclusion }) => conclusion)).toEqual([errors.length === 0 ? "success" : "failure"]);
  return errors.flatMap(({ ruleName, violatingConstructs }) =>
    violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
  );
}

function inNetwork(stack: Stack): Partial<HoldfastProps> {
  const given = { vpcId: "vpc-1", availabilityZones: ["a"], privateSubnetIds: ["subnet-1", "subnet-2"] };
  return {
    vpc: Vpc.fromVpcAttributes(stack, "Network", given),
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-1234567890abcdef0")],
  };
}

test("CloudFormation's own rules find no error in any kind of stack", () => {
  const longTask = `import { task } from "holdfast";\nexport const a = task({ id: "a", longRunning: true, run: async () => 1 });\n`;
  const long = join(folderWith({ "package.json": "{}", "tasks/all.ts": longTask }), "tasks");
  const kinds: Readonly<Record<string, (stack: Stack) => Partial<HoldfastProps>>> = {
    Plain: () => ({}),
    Encrypted: () => ({ encryption: true }),
    Sized: () => ({ machines: ["small-2x", "medium-1x", "medium-2x", "large-1x", "large-2x"] }),
    Traced: () => ({ traces: "xray" }),
    Collected: () => ({ traces: "https://otel.example:4318" }),
    InNetwork: inNetwork,
    Long: (stack) => ({ ...inNetwork(stack), tasks: long }),
  };
  const app = appWith(["Long"]);
  for (const [name, propsOf] of Object.entries(kinds)) {
    const stack = new Stack(app, name);
    new Holdfast(stack, "Orders", { tasks: "examples/order/tasks", ...propsOf(stack) });
  }
  expect(refused(app)).toEqual([]);
});

test("the rules are asked: what CloudFormation would not take is found", () => {
  const app = appWith([]);
  const properties = { DelaySeconds: "soon" };
  new CfnResource(new Stack(app, "Wrong"), "Queue", { type: "AWS::SQS::Queue", properties });
  expect(refused(app)).toEqual([expect.stringContaining("Wrong/Queue")]);
});
