/**
 * The tasks' function in a network of the account's.
 *
 * Lambda makes and removes network interfaces with the function's own role, and asks for the right to on all of them: there
 * is none yet that could be named. The same right is taken from what runs in the function: tasks have no use for it.
 */

import { Effect, Policy, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { FunctionOptions, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { argue } from "./nag.ts";
import type { Settings } from "./props.ts";

/** AWS's list (AWSLambdaVPCAccessExecutionRole), without what is for logs. */
const actions = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** For a function in a network; nothing where there is none. */
export function joinNetwork({ network }: Settings): PolicyStatement[] {
  if (network === undefined) return [];
  return [new PolicyStatement({ sid: "JoinNetwork", actions, resources: ["*"] })];
}

/** The function's options. */
export function networkOptions({ network }: Settings): FunctionOptions {
  if (network === undefined) return {};
  const { vpc, securityGroups } = network;
  return { vpc, ...(securityGroups && { securityGroups: [...securityGroups] }) };
}

/** Takes from the code in the function what its role has for Lambda alone. */
export function keepOutOfNetwork(
  owner: Construct,
  tasks: readonly LambdaFunction[],
  role: Role,
  { network }: Settings,
): void {
  if (network === undefined) return;
  const policy = new Policy(owner, "DispatcherNetwork", {
    statements: [
      new PolicyStatement({
        sid: "NotFromTasks",
        effect: Effect.DENY,
        actions,
        resources: ["*"],
        conditions: {
          ArnEquals: { "lambda:SourceFunctionArn": tasks.map(({ functionArn }) => functionArn) },
        },
      }),
    ],
  });
  policy.attachToRole(role);
  const why =
    "Network interfaces are made by Lambda with this role: they have no names before. What runs in the function is denied it.";
  argue(role, { "AwsSolutions-IAM5[Resource::*]": why, "Serverless-LambdaStarPermissions": why });
}
