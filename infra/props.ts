/**
 * What a stack is told, checked once: everything behind this file works with `Settings`.
 *
 * Owns:      the defaults, and the reasons for their limits.
 * Never:     makes a resource.
 */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { ISecurityGroup, IVpc } from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, type IFunction } from "aws-cdk-lib/aws-lambda";
import { type MachineName, machineNamed, mostMbInAws } from "../engine/machines.ts";
import { type RetentionRules, usualDays, wrongRule } from "../engine/retention.ts";
import { InfraError } from "./problems.ts";
import { type TelemetrySettings, telemetrySettings } from "./telemetry-props.ts";

/** What `new Holdfast(scope, id, props)` takes. Only `tasks` is needed. */
export interface HoldfastProps {
  /** The folder of the task files, from the folder in which the app is started. */
  readonly tasks: string;
  /** The project's root: the nearest folder above `tasks` with a package.json by default. */
  readonly projectRoot?: string;
  /**
   * Environment variables of the tasks. Not for secrets: those stand in the project's secret. A change makes a version:
   * runs that have begun keep the environment that they began with.
   */
  readonly environment?: Readonly<Record<string, string>>;
  /** The longest that one pass may last, and with it one await. 15 minutes by default, which is Lambda's limit. */
  readonly timeout?: Duration;
  /**
   * Memory, in MB, of the dispatcher: the function that hears all rings, and works on the runs that ask for no more.
   * @default what the smallest `machine` of a task has, 512 at least and where a task asks for none
   */
  readonly memorySize?: number;
  /**
   * Machines that triggers ask for and no task does: for each that the dispatcher is too small for there is a function of its own, as
   * there is for those that tasks, their config or `retry.outOfMemory` name. $0.26 a month each, for its queue. @default none
   */
  readonly machines?: readonly MachineName[];
  /** The processors that the functions run on. Packages with compiled parts are installed for it. @default ARM_64 */
  readonly architecture?: Architecture;
  /**
   * The network that the tasks run in, to reach a database there, say: in its private subnets. Only the function with the
   * tasks is put into it. From there it must reach AWS's services: through a NAT, or endpoints for DynamoDB, SQS, S3,
   * Secrets Manager and Lambda. By default the tasks are in no network of yours.
   */
  readonly vpc?: IVpc;
  /** What the tasks are in that network; only with `vpc`. By default a group that may call everybody. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Your own key for table, bucket, queues and secret, instead of AWS's: $1 a month, and what its calls cost. An imported
   * key must let this account's roles use it. Log groups stay under CloudWatch's key.
   */
  readonly kmsKey?: IKey;
  /**
   * Seals what runs are given, record, give and throw, each run under a key of its own, before it is stored; see
   * docs/encryption.md. Runs from before stay as they are. Leave it on for as long as runs are kept that were begun with it.
   * A KMS key of its own, unless `kmsKey` is given, and a secret: $1.40 a month.
   * @default false
   */
  readonly encryption?: boolean;
  /**
   * A function of yours that changes the project's secret as Secrets Manager asks it to, and how often: at once after the deployment
   * is not. Runs that have begun keep the version that they began with. @default nobody changes it by itself
   */
  readonly rotation?: {
    readonly function: IFunction;
    /** 4 hours to 1,000 days. @default 30 days */
    readonly every?: Duration;
  };
  /** How many passes go on at once, in the dispatcher and in each larger function. @default 100 */
  readonly maxConcurrency?: number;
  /** For how long a pass holds a run unless it renews, which it does after a third. @default 30 seconds */
  readonly lease?: Duration;
  /** After this long a pass begins no new await, and the next one goes on. @default 5 minutes */
  readonly leaveAfter?: Duration;
  /** How long log lines are kept. @default 30 days */
  readonly logRetention?: Duration;
  /**
   * How many days runs are kept behind their end: by default, by status, by task, or by both; 1 to 3650, or "forever".
   * `{ default: 30, FAILED: 90, "send-mail": 7, "send-mail/FAILED": "forever" }`; the most exact rule counts.
   * @default { default: 30 }
   */
  readonly retention?: RetentionRules;
  /** Requests per second that the API takes, and how many at once. @default 500, 1,000 */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /**
   * What is counted of runs and tries: for the project as a whole, for each task as well (the first 50 by id, the others
   * together), or nothing. A metric costs $0.30 a month, in proportion to the hours in which something happens.
   * @default "project"
   */
  readonly metrics?: "none" | "project" | "tasks";
  /**
   * Where traces go: "xray", or the URL of a collector that speaks OTLP over HTTP, such as https://otel.example:4318.
   * Headers for it (a key) stand in the project's secret, as OTEL_EXPORTER_OTLP_HEADERS. Nowhere by default.
   */
  readonly traces?: "xray" | `http${string}`;
  /** Which share of the traces is sent, 0 to 1; all passes of a run, and its children, alike. @default 1 */
  readonly tracesShare?: number;
  /** A dashboard in CloudWatch: $3 a month. @default false */
  readonly dashboard?: boolean;
  /**
   * What becomes of table, secret, bucket and queues when the stack is deleted: kept, or with DESTROY deleted, runs and
   * all, for stacks that are thrown away. Nothing else is taken. @default RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The props with every default filled in. Times are seconds. */
export interface Settings extends TelemetrySettings {
  readonly tasks: string;
  readonly projectRoot: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: number;
  /** Undefined: as the tasks ask for it. */
  readonly memorySize: number | undefined;
  readonly machines: readonly MachineName[];
  readonly architecture: Architecture;
  readonly network: Network | undefined;
  readonly kmsKey: IKey | undefined;
  readonly encryption: boolean;
  readonly rotation: Rotation | undefined;
  readonly maxConcurrency: number;
  readonly lease: number;
  readonly leaveAfter: number;
  readonly logDays: number;
  readonly retention: RetentionRules;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly removalPolicy: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
}

/** Where the tasks are, if that is a network of the account's. */
interface Network {
  readonly vpc: IVpc;
  /** Undefined: CDK makes one. */
  readonly securityGroups: readonly ISecurityGroup[] | undefined;
}

/** Who changes the project's secret, and how often. */
interface Rotation {
  readonly function: IFunction;
  readonly every: Duration;
}

/** What CloudWatch can keep, in days. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function whole(name: string, value: number, least: number, most: number, why: string): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InfraError(
    "HF601",
    `${name} is ${value}.`,
    `Give a whole number from ${least} to ${most}: ${why}`,
  );
}

const seconds = (name: string, value: Duration, least: number, most: number, why: string): number =>
  whole(`${name} in seconds`, value.toMilliseconds() / 1000, least, most, why);

function environmentOf(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.keys(given).find((name) => /^(HOLDFAST_|AWS_|LAMBDA_|_)/.test(name));
  if (own === undefined) return given;
  const fix = "Take another name: those that begin with HOLDFAST_, AWS_, LAMBDA_ or _ are taken.";
  throw new InfraError("HF601", `The environment variable ${own} cannot be set.`, fix);
}

function tasksOf(tasks: string): string {
  if (typeof tasks === "string" && tasks.trim() !== "") return tasks;
  throw new InfraError(
    "HF601",
    "No tasks are given.",
    'Name the folder of the task files: { tasks: "./tasks" }.',
  );
}

function logDaysOf(retention: Duration): number {
  const days = retention.toDays({ integral: false });
  if (retentions.includes(days)) return days;
  const fix = `Give one that CloudWatch has: ${retentions.join(", ")} days.`;
  throw new InfraError("HF601", `Logs cannot be kept for ${days} days.`, fix);
}

function retentionRules(rules: RetentionRules): RetentionRules {
  const wrong = wrongRule(rules);
  if (wrong === undefined) return rules;
  const fix = 'Give rules as in { default: 30, FAILED: 90, "send-mail": 7, "send-mail/FAILED": "forever" }.';
  throw new InfraError("HF601", `The retention is not valid. ${wrong}`, fix);
}

function networkOf({ vpc, securityGroups }: HoldfastProps): Network | undefined {
  const given = securityGroups?.length;
  if (vpc === undefined && given === undefined) return undefined;
  if (vpc === undefined) {
    const fix = "Give the network that they are in, too: { vpc, securityGroups }.";
    throw new InfraError("HF601", "securityGroups are given without vpc.", fix);
  }
  if (given === 0) {
    const fix = "Give one at least, or leave securityGroups out: then one is made that may call everybody.";
    throw new InfraError("HF601", "securityGroups is empty.", fix);
  }
  if (vpc.privateSubnets.length + vpc.isolatedSubnets.length === 0) {
    const fix =
      "Give it a private subnet: a function in a public one reaches nobody outside, AWS's services included.";
    throw new InfraError("HF601", "The vpc has public subnets alone.", fix);
  }
  return { vpc, securityGroups };
}

function rotationOf({ rotation }: HoldfastProps): Rotation | undefined {
  if (rotation === undefined) return undefined;
  const { every = Duration.days(30) } = rotation;
  seconds("rotation.every", every, 4 * 3_600, 1_000 * 86_400, "Secrets Manager has no other.");
  return { function: rotation.function, every };
}

function machineOf(name: unknown): MachineName {
  try {
    return machineNamed(name);
  } catch (error) {
    const fix = `Give machines as in machines: ["large-1x"].`;
    throw new InfraError("HF601", error instanceof Error ? error.message : String(error), fix);
  }
}

function architectureOf(given: Architecture): Architecture {
  const known = [Architecture.ARM_64, Architecture.X86_64].find(({ name }) => name === given.name);
  if (known !== undefined) return known;
  const fix = "Give Architecture.ARM_64 or Architecture.X86_64: Lambda has no other.";
  throw new InfraError("HF601", `The architecture is ${given.name}.`, fix);
}

function removalOf(given: RemovalPolicy): Settings["removalPolicy"] {
  if (given === RemovalPolicy.RETAIN || given === RemovalPolicy.DESTROY) return given;
  const fix =
    "Give RemovalPolicy.RETAIN or RemovalPolicy.DESTROY: neither a table nor a queue knows another.";
  throw new InfraError("HF601", `The removalPolicy is ${given}.`, fix);
}

/** Checks what a stack is told. @throws InfraError HF601 */
export function settingsOf(props: HoldfastProps): Settings {
  const timeout = seconds(
    "timeout",
    props.timeout ?? Duration.minutes(15),
    30,
    900,
    "Lambda ends after 15 minutes.",
  );
  const leaveAfter = props.leaveAfter ?? Duration.seconds(Math.min(300, Math.floor(timeout / 3)));
  const lease = props.lease ?? Duration.seconds(30);
  const rate = props.throttle?.rate ?? 500;
  return {
    tasks: tasksOf(props.tasks),
    projectRoot: props.projectRoot,
    environment: environmentOf(props.environment ?? {}),
    timeout,
    memorySize:
      props.memorySize && whole("memorySize", props.memorySize, 256, mostMbInAws, "Lambda has no other."),
    machines: (props.machines ?? []).map(machineOf),
    architecture: architectureOf(props.architecture ?? Architecture.ARM_64),
    network: networkOf(props),
    kmsKey: props.kmsKey,
    encryption: props.encryption ?? false,
    rotation: rotationOf(props),
    maxConcurrency: whole("maxConcurrency", props.maxConcurrency ?? 100, 2, 1_000, "SQS has no other."),
    // It is renewed after a third, and its last 5 s are nobody's: of 16 s, as many are left for a renewal that is late.
    lease: seconds(
      "lease",
      lease,
      16,
      300,
      "clocks may differ by 5 s, and a dead pass is noticed only behind it.",
    ),
    leaveAfter: seconds("leaveAfter", leaveAfter, 5, timeout - 20, "what has begun needs time to end."),
    logDays: logDaysOf(props.logRetention ?? Duration.days(30)),
    retention: retentionRules({ default: usualDays, ...props.retention }),
    throttle: {
      rate: whole("throttle.rate", rate, 1, 10_000, "an account has no more by default."),
      burst: whole("throttle.burst", props.throttle?.burst ?? 2 * rate, 1, 20_000, "an account has no more."),
    },
    removalPolicy: removalOf(props.removalPolicy ?? RemovalPolicy.RETAIN),
    ...telemetrySettings(props),
  };
}
