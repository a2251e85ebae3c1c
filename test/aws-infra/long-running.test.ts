/** What a `longRunning` task adds to a stack, and that nothing of it is there without one. */
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { fargateSize } from "../../engine/fargate-size.ts";
import { root } from "../world/place.ts";
import { folderWith } from "./place.ts";
import { resourcesOf, templateOf } from "./synthesized.ts";

/** The construct as it is compiled: only there is the process that builds the code. */
const { Holdfast } = (await import(
  join(root, "dist", "infra", "index.js")
)) as typeof import("../../infra/index.ts");

const long = `export const a = task({ id: "a", longRunning: true, machine: "medium-1x", run: async () => 1 });`;

function project(tasks: string): string {
  const files = {
    "package.json": `{ "type": "module" }`,
    "tasks/all.ts": `import { task } from "holdfast";\n${tasks}\n`,
  };
  return join(folderWith(files), "tasks");
}

function stackOf(tasks: string, inNetwork = true) {
  const app = new App({ outdir: folderWith() });
  const stack = new Stack(app, "Stack");
  const given = { vpcId: "vpc-1", availabilityZones: ["a"], privateSubnetIds: ["subnet-1", "subnet-2"] };
  const vpc = Vpc.fromVpcAttributes(stack, "Network", given);
  const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, "Group", "sg-1234567890abcdef0")];
  const network = inNetwork ? { vpc, securityGroups } : {};
  return { app, stack, jobs: new Holdfast(stack, "Jobs", { tasks: project(tasks), ...network }) };
}

test("a stack has nothing of ECS where no task is longRunning", () => {
  const { Resources } = templateOf().toJSON() as { Resources: object };
  expect(JSON.stringify(Resources)).not.toMatch(/AWS::ECS|ecs:|ecs-tasks|HOLDFAST_LONG/);
});

test("a longRunning task needs a network, and says so before anything is deployed; it has to be written in the source", () => {
  expect(() => stackOf(long, false)).toThrow(/HF605 A task is longRunning, and the construct has no vpc/);
  const hidden = `const yes = () => true;\nexport const a = task({ id: "a", longRunning: yes(), run: async () => 1 });`;
  expect(() => stackOf(hidden)).toThrow(/HF602 The longRunning of task "a" .* is not written in the source/);
});

test("a longRunning task gets a definition of Fargate on a stock image, started by the dispatcher alone; what tasks are granted counts there, too", () => {
  const { app, stack, jobs } = stackOf(long);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const invoices = "arn:aws:sqs:eu-central-1:123456789012:invoices";
  Queue.fromQueueArn(stack, "Invoices", invoices).grantSendMessages(jobs);
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::ECS::TaskDefinition", {
    Cpu: "1024",
    Memory: "2048",
    NetworkMode: "awsvpc",
    RequiresCompatibilities: ["FARGATE"],
    RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
    ContainerDefinitions: [
      Match.objectLike({
        Image: Match.stringLikeRegexp(
          "^public\\.ecr\\.aws/docker/library/node:24\\.\\d+\\.\\d+-bookworm-slim$",
        ),
        Command: [
          "node",
          "--input-type=module",
          "-e",
          Match.stringLikeRegexp("await boot\\(process\\.env\\);\\s*$"),
        ],
        LogConfiguration: Match.objectLike({ LogDriver: "awslogs" }),
      }),
    ],
  });
  const said = JSON.stringify(resourcesOf(template));
  expect(said).not.toContain("ManagedPolicyArns");
  const policies = Object.entries(resourcesOf(template)).filter(([, { Type }]) =>
    /^AWS::IAM::(Role|Policy)$/.test(Type),
  );
  const sidsOf = (pattern: RegExp): string[] =>
    policies
      .filter(([id]) => pattern.test(id))
      .flatMap(([, each]) => [...JSON.stringify(each).matchAll(/"Sid":"(\w+)"/g)].map(([, sid = ""]) => sid));
  const ofPasses = [
    "CallApi",
    "EndTurns",
    "KeepValues",
    "KnowWhatIsMissing",
    "ReadSecret",
    "Ring",
    "WorkOnRuns",
    "WriteDeadLetters",
  ];
  expect(sidsOf(/LongRunning(Role|Fetch)/).sort()).toEqual([...ofPasses, "FetchCode"].sort());
  expect(sidsOf(/LongRunningStartRole/)).toEqual(["WriteLogs"]);
  expect(sidsOf(/DispatcherStart/)).toEqual(["StartPasses", "GivePassesTheirRoles"]);
  const granted = policies
    .filter(([, each]) => JSON.stringify(each).includes("sqs:GetQueueUrl"))
    .map(([id]) => id);
  expect(granted.map((id) => id.replace(/DefaultPolicy.*/, ""))).toEqual([
    "JobsDispatcherRole",
    "JobsLongRunningRole",
  ]);
});

test("a longRunning task's machine is Fargate's alone: the dispatcher is as large as the other tasks want it", () => {
  const large = long.replaceAll('"a"', '"b"').replace("const a", "const b").replace("medium-1x", "large-2x");
  const other = `export const c = task({ id: "c", machine: "small-2x", run: async () => 1 });`;
  const template = Template.fromStack(stackOf(`${long}\n${large}\n${other}`).stack);
  template.hasResourceProperties("AWS::Lambda::Function", {
    Description: "Holdfast: works on runs",
    MemorySize: 1_024,
  });
  // What a start gets that names no size.
  template.hasResourceProperties("AWS::ECS::TaskDefinition", { Cpu: "8192", Memory: "16384" });
});

test("each machine has a size that Fargate knows", () => {
  expect((["micro", "small-1x", "small-2x", "large-2x"] as const).map(fargateSize)).toEqual([
    { vcpu: 0.25, gb: 0.5 },
    { vcpu: 0.5, gb: 1 },
    { vcpu: 1, gb: 2 },
    { vcpu: 8, gb: 16 },
  ]);
});
