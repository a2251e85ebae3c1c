/**
 * Where passes of `longRunning` tasks go on: a cluster and a task definition of Fargate, there only if a task asks for it.
 *
 * Owns:      the image, and the size of a start that names none; what starts such a pass may do, and what it may do itself.
 * Never:     needs Docker for a deployment: the image is Node's own, and the code is what Lambda has of the dispatcher's version.
 * Invariant: nothing here is of one version of the code: a pass that a version starts fetches that version's code.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ArnFormat, Names, Stack } from "aws-cdk-lib";
import { CfnCluster, CfnTaskDefinition } from "aws-cdk-lib/aws-ecs";
import {
  type IPrincipal,
  Policy,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { Architecture, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { fargateSize } from "../engine/fargate-size.ts";
import { usualMachine } from "../engine/machines.ts";
import type { BuiltCode } from "./code.ts";
import { fetchCode } from "./function.ts";
import { BothRoles } from "./grantee.ts";
import { argue } from "./nag.ts";
import { InfraError } from "./problems.ts";
import type { Settings } from "./props.ts";
import { lastingId } from "./stable.ts";

/** AWS's own mirror of Docker's official image: no account and no limit of pulls. The Node that Lambda runs, on the same C library. */
const image = "public.ecr.aws/docker/library/node:24.18.0-bookworm-slim";

/** What the dispatcher starts passes with, and what those act as. */
export interface LongRunning {
  /** Settings of the dispatcher. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the tasks act as. */
  readonly role: Role;
}

/** The parts that it stands on. */
export interface LongRunningParts {
  readonly code: BuiltCode;
  readonly logs: ILogGroup;
  /** What a pass may do, wherever it goes on. */
  readonly may: readonly PolicyStatement[];
  /** Groups that the dispatcher is in. */
  readonly securityGroups: readonly string[];
}

const familyOf = (owner: Construct): string =>
  `${Names.uniqueResourceName(owner, { maxLength: 100, separator: "-" })}-LongRunning`;

/** Is there a task that asks for it? @throws InfraError HF605 where there is no network for it */
export function asksForFargate({ longMachine }: BuiltCode, { network }: Settings): boolean {
  if (longMachine === undefined) return false;
  if (network !== undefined) return true;
  const fix = "Give the construct vpc, or divide the task's work into awaits of less than 15 minutes.";
  throw new InfraError("HF605", "A task is longRunning, and the construct has no vpc.", fix);
}

/** Makes it. */
export function makeLongRunning(owner: Construct, parts: LongRunningParts, settings: Settings): LongRunning {
  const cluster = new CfnCluster(owner, "LongRunningCluster", {
    clusterSettings: [{ name: "containerInsights", value: "disabled" }],
  });
  argue(cluster, {
    "AwsSolutions-ECS4":
      "What a pass does is in its run and its log; Container Insights is charged by the metric.",
  });
  const writeLogs = new PolicyStatement({
    sid: "WriteLogs",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [parts.logs.logGroupArn],
  });
  const role = roleOf(owner, "LongRunningRole", parts.may);
  const startRole = roleOf(owner, "LongRunningStartRole", [writeLogs]);
  define(owner, parts, { role, startRole }, settings);
  const policy = new Policy(owner, "DispatcherStart", {
    statements: mayStart(owner, cluster, [role, startRole]),
  });
  policy.attachToRole(owner.node.findChild("DispatcherRole") as Role);
  argue(policy, {
    [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task-definition/${familyOf(owner)}:*]`]:
      "The revisions of this one definition, in this one cluster.",
  });
  const { region, urlSuffix } = Stack.of(owner);
  const { vpc } = settings.network ?? {};
  return {
    role,
    environment: {
      HOLDFAST_LONG_URL: `https://ecs.${region}.${urlSuffix}/`,
      HOLDFAST_LONG_CLUSTER: cluster.attrArn,
      HOLDFAST_LONG_FAMILY: familyOf(owner),
      HOLDFAST_LONG_SUBNETS: (vpc?.selectSubnets().subnetIds ?? []).join(","),
      HOLDFAST_LONG_GROUPS: parts.securityGroups.join(","),
    },
  };
}

function roleOf(owner: Construct, id: string, statements: readonly PolicyStatement[]): Role {
  return new Role(owner, id, {
    assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com"),
    inlinePolicies: { Own: new PolicyDocument({ statements: [...statements] }) },
  });
}

interface Roles {
  readonly role: Role;
  /** What ECS acts as: it puts lines into the log. */
  readonly startRole: Role;
}

function define(
  owner: Construct,
  { code, logs }: LongRunningParts,
  { role, startRole }: Roles,
  { architecture }: Settings,
): void {
  // Each start names its run's own size. Older versions name none, and count on the largest.
  const { vcpu, gb } = fargateSize(code.longMachine ?? usualMachine);
  const { region, urlSuffix } = Stack.of(owner);
  const environment = {
    AWS_REGION: region,
    HOLDFAST_LAMBDA_URL: `https://lambda.${region}.${urlSuffix}`,
  };
  const container = {
    name: "pass",
    image,
    essential: true,
    command: ["node", "--input-type=module", "-e", bootText()],
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    // Node would be the first process, which ends nobody whom its children leave behind.
    linuxParameters: { initProcessEnabled: true },
    stopTimeout: 30,
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logs.logGroupName,
        "awslogs-region": region,
        "awslogs-stream-prefix": "long",
      },
    },
  };
  const definition = new CfnTaskDefinition(owner, "LongRunningTask", {
    family: familyOf(owner),
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: String(vcpu * 1_024),
    memory: String(gb * 1_024),
    runtimePlatform: {
      operatingSystemFamily: "LINUX",
      cpuArchitecture: architecture.name === Architecture.X86_64.name ? "X86_64" : "ARM64",
    },
    taskRoleArn: role.roleArn,
    executionRoleArn: startRole.roleArn,
    containerDefinitions: [container],
  });
  argue(definition, {
    "CloudFormation-Validate::E1029":
      "The command is a program: what looks like a parameter in it is its own.",
    "AwsSolutions-ECS2": "Where Lambda is: nothing that changes, and no secret.",
  });
}

/** The file itself, and its call: a container's command is all that reaches a stock image without building one. */
function bootText(): string {
  const file = fileURLToPath(new URL("../functions/long-boot.js", import.meta.url));
  const text = readFileSync(file, "utf8").replace(/^\s*(\/\*\*?[\s\S]*?\*\/|\/\/.*)\n/gm, "");
  return `${text}\nawait boot(process.env);\n`;
}

const familyArn = (owner: Construct): string =>
  Stack.of(owner).formatArn({
    service: "ecs",
    resource: "task-definition",
    resourceName: `${familyOf(owner)}:*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

const mayStart = (owner: Construct, cluster: CfnCluster, roles: readonly Role[]): PolicyStatement[] => [
  new PolicyStatement({
    sid: "StartPasses",
    actions: ["ecs:RunTask"],
    resources: [familyArn(owner)],
    conditions: { ArnEquals: { "ecs:cluster": cluster.attrArn } },
  }),
  new PolicyStatement({
    sid: "GivePassesTheirRoles",
    actions: ["iam:PassRole"],
    resources: roles.map(({ roleArn }) => roleArn),
    conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
  }),
];

/** A pass fetches the code of the version that has started it. A policy of its own: the role cannot name the function. */
export function letFetchCode(
  owner: Construct,
  dispatcher: LambdaFunction,
  { role }: LongRunning,
): IPrincipal {
  const policy = new Policy(owner, "LongRunningFetch", { statements: [fetchCode(dispatcher)] });
  policy.attachToRole(role);
  argue(policy, {
    [`AwsSolutions-IAM5[Resource::<${lastingId(owner, "Dispatcher")}.Arn>:*]`]:
      "The versions of this function and of no other: their numbers are not known before they are published.",
  });
  return new BothRoles(owner.node.findChild("DispatcherRole") as Role, role);
}
