/** What the construct is told, and what it refuses before anything is deployed. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { Architecture, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { type HoldfastProps, settingsOf } from "../../infra/props.ts";

const tasks = "./tasks";
const says = (props: Partial<HoldfastProps>): string => {
  try {
    settingsOf({ tasks, ...props });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test("only the folder of tasks is needed", () => {
  expect(settingsOf({ tasks })).toMatchObject({
    timeout: 900,
    leaveAfter: 300,
    lease: 30,
    logDays: 30,
  });
});

test("a shorter limit shortens what has to fit into it", () => {
  expect(settingsOf({ tasks, timeout: Duration.seconds(60) })).toMatchObject({ leaveAfter: 20, lease: 30 });
});

const stack = new Stack();
const vpc = new Vpc(stack, "Network");
const open = new Vpc(stack, "Open", {
  subnetConfiguration: [{ name: "open", subnetType: SubnetType.PUBLIC }],
});
const group = new SecurityGroup(stack, "Group", { vpc });

describe("is refused, with the limit and its reason:", () => {
  const wrong: [string, Partial<HoldfastProps>, RegExp][] = [
    ["no folder", { tasks: " " }, /No tasks/],
    ["a pass of an hour", { timeout: Duration.hours(1) }, /timeout in seconds is 3600.*Lambda/],
    ["a pass of a second", { timeout: Duration.seconds(1) }, /from 30/],
    ["a pass of half seconds", { timeout: Duration.millis(60_500) }, /60\.5/],
    ["one pass at once", { maxConcurrency: 1 }, /from 2 to 1000/],
    [
      "a lease of which a late renewal would leave nothing",
      { lease: Duration.seconds(15) },
      /from 16.*clocks/,
    ],
    ["leaving when the time is over", { leaveAfter: Duration.seconds(890) }, /from 5 to 880/],
    ["logs for eight days", { logRetention: Duration.days(8) }, /7, 14, 30/],
    ["a setting of ours", { environment: { HOLDFAST_TABLE: "mine" } }, /HOLDFAST_TABLE cannot be set/],
    ["a setting of AWS's", { environment: { AWS_REGION: "mars" } }, /AWS_REGION/],
    ["no requests", { throttle: { rate: 0, burst: 1 } }, /throttle\.rate/],
    ["little memory", { memorySize: 64 }, /from 256/],
    ["groups without the network that they are in", { securityGroups: [group] }, /without vpc/],
    [
      "a secret that changes each hour",
      {
        rotation: {
          function: LambdaFunction.fromFunctionName(stack, "Rotates", "rotates"),
          every: Duration.hours(1),
        },
      },
      /rotation\.every in seconds is 3600.*from 14400/,
    ],
    ["a network and no group in it", { vpc, securityGroups: [] }, /securityGroups is empty/],
    ["a network that is open to all", { vpc: open }, /public subnets alone/],
    [
      "a processor that Lambda has not",
      { architecture: Architecture.custom("riscv") },
      /architecture is riscv/,
    ],
    [
      "to keep a copy and delete the rest",
      { removalPolicy: RemovalPolicy.SNAPSHOT },
      /removalPolicy is snapshot/,
    ],
    ["a place for traces that is none", { traces: "http//otel" }, /xray/],
    ["a password in a URL", { traces: "https://me:pass@otel.example" }, /secret/],
    [
      "two places for traces",
      { traces: "xray", environment: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel" } },
      /OTEL_EXPORTER_OTLP_ENDPOINT/,
    ],
    ["no share of traces", { tracesShare: 0 }, /above 0/],
    ["metrics of queues", { metrics: "queues" as "tasks" }, /none.*project.*tasks/],
  ];
  test.each(wrong)("%s", (_, props, words) => {
    expect(says(props)).toMatch(/^HF601 /);
    expect(says(props)).toMatch(words);
  });
});
