/**
 * Looks at a deployed project: what the account lets it do, its code, its alarms, the run that waits longest, the clock.
 *
 * Never: changes anything; it asks with the rights of who calls, and says which right is missing.
 */
import {
  CloudFormationClient,
  ListStackResourcesCommand,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import {
  GetAccountSettingsCommand,
  GetAliasCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { HoldfastError } from "../../engine/errors.ts";
import { lambdaVersions } from "./lambda-versions.ts";
import { type ClientSettings, patience } from "./patience.ts";
import { isRefusal, refusedCaller } from "./refusal.ts";
import type { DeployedProject } from "./stack.ts";

/** What was looked at, and what was found. */
export interface StackCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do, if it is not right. */
  readonly fix?: string;
}

/** The clients that a look takes. */
export interface StackClients {
  readonly formation: CloudFormationClient;
  readonly lambda: LambdaClient;
  readonly watch: CloudWatchClient;
}

/** What a look is given. */
export interface StackPlace {
  readonly stack: string;
  readonly project: DeployedProject;
  readonly clients: StackClients;
  readonly now: () => number;
  /** What the project's own address says the time is; undefined where it says nothing. */
  readonly timeThere: () => Promise<number | undefined>;
}

/** Functions that run beside the dispatcher: api, timer, housekeeper, and some of the api's at once. */
const besides = 10;
/** A deployment puts another version beside the others. */
const fullShare = 0.8;
/** A ring that got lost is sent again by the timer within so long: a lease and a tick, and a minute of the metric. */
const lateSeconds = 150;
/** AWS refuses signatures that are five minutes off; what `wait.until` is given comes from here, too. */
const skewMs = 30_000;
const windowMs = 900_000;

const worry = (what: string, fix: string): HoldfastError => new HoldfastError("HF415", what, fix);

async function check(name: string, look: () => Promise<string>): Promise<StackCheck> {
  try {
    return { name, ok: true, found: await look() };
  } catch (error) {
    const told = isRefusal(error) ? refusedCaller(error, `look at the ${name} of the stack`) : error;
    if (!(told instanceof HoldfastError)) return { name, ok: false, found: String(told) };
    return { name, ok: false, found: told.message.slice(0, -told.fix.length).trimEnd(), fix: told.fix };
  }
}

interface Resources {
  /** Name of the dispatcher. */
  readonly dispatcher: string;
  /** Names of functions like it with more memory. */
  readonly larger: readonly string[];
  readonly alarms: readonly string[];
}

async function* summariesOf({ stack, clients }: StackPlace): AsyncGenerator<StackResourceSummary> {
  for (let NextToken: string | undefined; ; ) {
    const page = await clients.formation.send(
      new ListStackResourcesCommand({ StackName: stack, ...(NextToken && { NextToken }) }),
    );
    yield* page.StackResourceSummaries ?? [];
    if (page.NextToken === undefined) return;
    NextToken = page.NextToken;
  }
}

async function resourcesOf(place: StackPlace): Promise<Resources> {
  const own = place.project.id.replace(/[^A-Za-z0-9]/g, "");
  const [alarms, larger]: [string[], string[]] = [[], []];
  let dispatcher: string | undefined;
  for await (const { LogicalResourceId: id = "", PhysicalResourceId: name, ResourceType } of summariesOf(
    place,
  )) {
    if (id === `${own}Dispatcher`) dispatcher = name;
    if (id.startsWith(own) && ResourceType === "AWS::CloudWatch::Alarm") alarms.push(name ?? id);
    if (id.startsWith(`${own}Machine`) && ResourceType === "AWS::Lambda::Function") larger.push(name ?? id);
  }
  if (dispatcher !== undefined) return { dispatcher, larger, alarms };
  throw worry(`The stack ${place.stack} has no dispatcher.`, "Deploy it again: holdfast deploy.");
}

/** So many at once a function that hears rings asks for. */
async function hearing(lambda: LambdaClient, name: string, called: string): Promise<number> {
  const mappings = new ListEventSourceMappingsCommand({ FunctionName: `${name}:live` });
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(mappings);
  if (mapping?.State === "Enabled") return mapping.ScalingConfig?.MaximumConcurrency ?? 0;
  const what = `${called} does not hear rings: its event source is ${mapping?.State ?? "not there"}.`;
  throw worry(what, "Switch it on in the console of Lambda, or deploy the stack again.");
}

async function concurrency({ clients: { lambda } }: StackPlace, of: Resources): Promise<string> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  const each = [
    await hearing(lambda, of.dispatcher, "The dispatcher"),
    ...(await Promise.all(of.larger.map((name) => hearing(lambda, name, `The function ${name}`)))),
  ];
  const asked = each.reduce((sum, most) => sum + most, 0);
  const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  const who = of.larger.length === 0 ? "the dispatcher asks" : "dispatcher and larger functions ask";
  if (free >= asked + besides) return `${free} functions may run at once; ${who} for ${asked}`;
  const what = `The account lets ${free} functions run at once here, and ${who} for ${asked} beside the others.`;
  throw worry(what, "Ask for more (Service Quotas, Lambda, Concurrent executions), or lower maxConcurrency.");
}

async function codeStorage({ clients: { lambda } }: StackPlace): Promise<string> {
  const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}));
  const [used, most] = [AccountUsage?.TotalCodeSize ?? 0, AccountLimit?.TotalCodeSize ?? 0];
  const said = `${(used / 1e9).toFixed(1)} of ${(most / 1e9).toFixed(1)} GB of code are used`;
  if (used < fullShare * most) return said;
  const fix =
    "Delete versions of other functions that nobody needs, or ask for more (Service Quotas, Lambda).";
  throw worry(`${said}: deployments fail soon.`, fix);
}

async function versions({ clients: { lambda } }: StackPlace, { dispatcher }: Resources): Promise<string> {
  const [all, { FunctionVersion = "" }] = await Promise.all([
    lambdaVersions(lambda, dispatcher).list(),
    lambda.send(new GetAliasCommand({ FunctionName: dispatcher, Name: "live" })),
  ]);
  return `${all.length} of the dispatcher; new runs get ${FunctionVersion}`;
}

async function alarms(
  { clients: { watch } }: StackPlace,
  { alarms: AlarmNames }: Resources,
): Promise<string> {
  const found: MetricAlarm[] = [];
  if (AlarmNames.length > 0) {
    const answer = await watch.send(
      new DescribeAlarmsCommand({ AlarmNames: [...AlarmNames], MaxRecords: 100 }),
    );
    found.push(...(answer.MetricAlarms ?? []));
  }
  const rings = found.filter(({ StateValue }) => StateValue === "ALARM");
  if (rings.length > 0) {
    const names = rings.map(({ AlarmName }) => AlarmName).join(", ");
    throw worry(`${rings.length} of ${found.length} ring: ${names}.`, rings[0]?.AlarmDescription ?? "");
  }
  if (found.length < AlarmNames.length || found.length === 0) {
    const what = `${found.length} of ${AlarmNames.length} alarms of the stack are there.`;
    throw worry(what, "Somebody has deleted them by hand. Deploy the stack again.");
  }
  const isTold = found.some(({ AlarmActions = [] }) => AlarmActions.length > 0);
  return `${found.length}, none rings${isTold ? "" : "; nobody is told of them: addAlarms(topic)"}`;
}

/** The timer tells each minute how far past its time the run is that waits longest: what is stuck shows there. */
async function lateRuns({ stack, project, clients: { watch }, now }: StackPlace): Promise<string> {
  const { Datapoints = [] } = await watch.send(
    new GetMetricStatisticsCommand({
      Namespace: `Holdfast/${stack}`,
      MetricName: "LateSeconds",
      Dimensions: [{ Name: "Project", Value: project.id }],
      StartTime: new Date(now() - windowMs),
      EndTime: new Date(now()),
      Period: 300,
      Statistics: ["Maximum"],
    }),
  );
  const [newest] = Datapoints.sort((a, b) => (b.Timestamp?.getTime() ?? 0) - (a.Timestamp?.getTime() ?? 0));
  if (newest === undefined) {
    const fix = "Look whether its rule is switched on (EventBridge), and for errors in its log.";
    throw worry("The timer has told nothing for a quarter of an hour: runs that wait are late.", fix);
  }
  const late = newest.Maximum ?? 0;
  if (late <= lateSeconds) return late < 1 ? "none" : `the latest is ${Math.round(late)} s past its time`;
  const fix =
    "Look at errors and throttles of the dispatcher, and at the age of the oldest ring: docs/operations.md.";
  throw worry(`A run is ${Math.round(late)} s past its time.`, fix);
}

async function clock({ now, timeThere }: StackPlace): Promise<string> {
  const before = now();
  const there = await timeThere();
  if (there === undefined) return "not told";
  const off = Math.abs((before + now()) / 2 - there);
  if (off < skewMs) return "as AWS's";
  const fix = "Set it by NTP: AWS refuses what is signed five minutes early or late.";
  throw worry(`This machine's clock is ${Math.round(off / 1_000)} s off.`, fix);
}

/** Looks at everything. @throws nothing: what could not be looked at is a check that failed */
export async function examineStack(place: StackPlace): Promise<StackCheck[]> {
  const found: { of?: Resources } = {};
  const stack = await check("stack", async () => {
    found.of = await resourcesOf(place);
    return `${place.project.id} at ${place.project.url}`;
  });
  const { of } = found;
  const ofParts =
    of === undefined
      ? []
      : [
          await check("concurrency", () => concurrency(place, of)),
          await check("versions", () => versions(place, of)),
          await check("alarms", () => alarms(place, of)),
        ];
  return [
    stack,
    ...ofParts,
    await check("code storage", () => codeStorage(place)),
    await check("late runs", () => lateRuns(place)),
    await check("clock", () => clock(place)),
  ];
}

/** What the address of a project says the time is. */
async function timeOf(url: string): Promise<number | undefined> {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  );
  const told = Date.parse(answer?.headers.get("date") ?? "");
  return Number.isNaN(told) ? undefined : told;
}

/** The same with clients of its own, in the region that the project's secret names. */
export async function examineProject(
  stack: string,
  project: DeployedProject,
  settings: ClientSettings = {},
): Promise<StackCheck[]> {
  const region = project.secret.split(":")[3] ?? "";
  const options = { ...patience, region, ...settings };
  const clients: StackClients = {
    formation: new CloudFormationClient(options),
    lambda: new LambdaClient(options),
    watch: new CloudWatchClient(options),
  };
  try {
    return await examineStack({
      stack,
      project,
      clients,
      now: Date.now,
      timeThere: () => timeOf(project.url),
    });
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
