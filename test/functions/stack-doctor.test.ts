/** `holdfast doctor --stack`: what it finds in a deployed stack, with AWS's services played by aws-sdk-client-mock. */
import { CloudFormationClient, ListStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  GetAccountSettingsCommand,
  GetAliasCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import { expect, test } from "vitest";
import { examineStack } from "../../functions/aws/stack-doctor.ts";

const now = 1_790_000_000_000;
const settings = { region: "eu-central-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
const project = {
  id: "Orders",
  url: "https://orders.example",
  apiFunction: "orders-api",
  secret: "arn:secret",
};
const resource = (LogicalResourceId: string, ResourceType: string) => ({
  LogicalResourceId,
  ResourceType,
  PhysicalResourceId: `Shop-${LogicalResourceId}`,
});

/** A stack that is well, and what of it is changed. */
function stack() {
  const clients = {
    formation: new CloudFormationClient(settings),
    lambda: new LambdaClient(settings),
    watch: new CloudWatchClient(settings),
  };
  const [formation, lambda, watch] = [
    mockClient(clients.formation),
    mockClient(clients.lambda),
    mockClient(clients.watch),
  ];
  const dispatcher = resource("OrdersDispatcher", "AWS::Lambda::Function");
  const alarm = (name: string) => resource(`OrdersFailed${name}Alarm`, "AWS::CloudWatch::Alarm");
  const others = [resource("MailsDispatcher", "AWS::Lambda::Function"), alarm("B")];
  formation.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: [dispatcher, alarm("A")] as never,
    NextToken: "more",
  });
  formation
    .on(ListStackResourcesCommand, { StackName: "Shop", NextToken: "more" })
    .resolves({ StackResourceSummaries: others as never });
  account(1_000, 1e9);
  lambda.on(ListEventSourceMappingsCommand).resolves({
    EventSourceMappings: [{ State: "Enabled", ScalingConfig: { MaximumConcurrency: 100 } }],
  });
  lambda
    .on(ListVersionsByFunctionCommand)
    .resolves({ Versions: [{ Version: "$LATEST" }, { Version: "3" }, { Version: "4" }] });
  lambda.on(GetAliasCommand).resolves({ FunctionVersion: "4" });
  alarms("OK");
  late(0);

  function account(free: number, used: number): void {
    lambda.on(GetAccountSettingsCommand).resolves({
      AccountLimit: { UnreservedConcurrentExecutions: free, TotalCodeSize: 75e9 },
      AccountUsage: { TotalCodeSize: used },
    });
  }
  function alarms(state: "OK" | "ALARM", count = 2): void {
    const all = Array.from({ length: count }, (_, i) => ({
      AlarmName: `Shop-${i}`,
      AlarmDescription: "A run has failed for good.",
      StateValue: i === 0 ? state : ("INSUFFICIENT_DATA" as const),
    }));
    watch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: all });
  }
  function late(...seconds: number[]): void {
    const Datapoints = seconds.map((Maximum, i) => ({ Maximum, Timestamp: new Date(now - 300_000 * i) }));
    watch.on(GetMetricStatisticsCommand).resolves({ Datapoints });
  }
  const look = async (there: number | undefined = now) => {
    const timeThere = async () => there;
    const checks = await examineStack({ stack: "Shop", project, clients, now: () => now, timeThere });
    return Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest]));
  };
  return { formation, lambda, watch, account, alarms, late, look };
}

test("a stack that is well passes, and each line says what was found", async () => {
  const { look, formation, lambda, watch } = stack();
  expect(await look()).toEqual({
    stack: { ok: true, found: "Orders at https://orders.example" },
    concurrency: { ok: true, found: "1000 functions may run at once; the dispatcher asks for 100" },
    versions: { ok: true, found: "2 of the dispatcher; new runs get 4" },
    alarms: { ok: true, found: "2, none rings; nobody is told of them: addAlarms(topic)" },
    "code storage": { ok: true, found: "1.0 of 75.0 GB of code are used" },
    "late runs": { ok: true, found: "none" },
    clock: { ok: true, found: "as AWS's" },
  });
  expect(formation.calls()).toHaveLength(2);
  expect(lambda.commandCalls(ListEventSourceMappingsCommand)[0]?.args[0].input).toEqual({
    FunctionName: "Shop-OrdersDispatcher:live",
  });
  expect(watch.commandCalls(DescribeAlarmsCommand)[0]?.args[0].input.AlarmNames).toEqual([
    "Shop-OrdersFailedAAlarm",
    "Shop-OrdersFailedBAlarm",
  ]);
});

test("an account with less concurrency than the dispatcher asks for is told, with both numbers", async () => {
  const { look, account } = stack();
  account(10, 1e9);
  const { concurrency } = await look();
  expect(concurrency).toMatchObject({
    ok: false,
    fix: expect.stringMatching(/Service Quotas.*maxConcurrency/),
  });
  expect(concurrency?.found).toMatch(/^HF415 The account lets 10 functions run at once here.* asks for 100/);
});

test("functions for larger machines count among what the account has to bear, and hear rings by their own event sources", async () => {
  const { look, lambda, formation, account } = stack();
  const found = ["Dispatcher", "Machine2048"].map((name) => ({
    LogicalResourceId: `Orders${name}`,
    PhysicalResourceId: `Shop-Orders${name}`,
    ResourceType: "AWS::Lambda::Function",
  }));
  formation.on(ListStackResourcesCommand).resolves({ StackResourceSummaries: found as never });
  account(150, 1e9);
  expect((await look()).concurrency).toMatchObject({
    ok: false,
    found: expect.stringContaining(
      "lets 150 functions run at once here, and dispatcher and larger functions ask for 200",
    ),
  });
  lambda
    .on(ListEventSourceMappingsCommand, { FunctionName: "Shop-OrdersMachine2048:live" })
    .resolves({ EventSourceMappings: [{ State: "Disabled" }] });
  expect((await look()).concurrency?.found).toContain(
    "The function Shop-OrdersMachine2048 does not hear rings",
  );
});

test("an event source that is off is told: nobody hears rings", async () => {
  const { look, lambda } = stack();
  lambda.on(ListEventSourceMappingsCommand).resolves({ EventSourceMappings: [{ State: "Disabled" }] });
  expect((await look()).concurrency?.found).toMatch(/does not hear rings: its event source is Disabled/);
  lambda.on(ListEventSourceMappingsCommand).resolves({});
  expect((await look()).concurrency?.found).toMatch(/its event source is not there/);
});

test("alarms that ring are named with what to do; deleted ones are missed", async () => {
  const { look, alarms } = stack();
  alarms("ALARM");
  expect((await look()).alarms).toEqual({
    ok: false,
    found: "HF415 1 of 2 ring: Shop-0.",
    fix: "A run has failed for good.",
  });
  alarms("OK", 1);
  expect((await look()).alarms?.found).toMatch(/1 of 2 alarms of the stack are there/);
});

test("a run that is late, a timer that is silent, full code storage and a clock that is off are told", async () => {
  const { look, account, late } = stack();
  account(1_000, 61e9);
  // The newest figure counts.
  late(400, 0);
  const found = await look(now - 400_000);
  expect(found["late runs"]?.found).toMatch(/A run is 400 s past its time/);
  expect(found["code storage"]?.found).toMatch(/61.0 of 75.0 GB of code are used: deployments fail soon/);
  expect(found.clock?.found).toMatch(/This machine's clock is 400 s off/);
  late(40, 900);
  expect((await look())["late runs"]).toEqual({ ok: true, found: "the latest is 40 s past its time" });
  late();
  expect((await look())["late runs"]?.found).toMatch(/The timer has told nothing for a quarter of an hour/);
});

test("what AWS does not let the caller look at is told with the right that is missing, and the rest is looked at", async () => {
  const { look, watch } = stack();
  const error = new Error("User: me is not authorized to perform: cloudwatch:DescribeAlarms");
  watch.on(DescribeAlarmsCommand).rejects(Object.assign(error, { name: "AccessDenied" }));
  const found = await look();
  expect(found.alarms?.found).toMatch(/^HF515 .*cloudwatch:DescribeAlarms/);
  expect(found.versions?.ok).toBe(true);
});

test("a stack without a dispatcher of that name is told, and what is the account's is looked at", async () => {
  const { look, formation } = stack();
  formation.on(ListStackResourcesCommand).resolves({ StackResourceSummaries: [] });
  formation.on(ListStackResourcesCommand, { StackName: "Shop", NextToken: "more" }).resolves({});
  const found = await look();
  expect(found.stack?.found).toMatch(/^HF415 The stack Shop has no dispatcher/);
  expect(Object.keys(found)).toEqual(["stack", "code storage", "late runs", "clock"]);
});
