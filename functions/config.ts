/**
 * The settings of the Lambda functions: read from the environment once per cold start, checked, and never again.
 *
 * Owns:      the only reading of the environment in functions/. `infra/` sets what is read here.
 * Invariant: a function that lacks a setting ends at its first invocation, with the setting's name (HF406).
 */
import { HoldfastError } from "../engine/errors.ts";
import type { RetentionRules } from "../engine/retention.ts";
import type { LargerFunction } from "./larger-machines.ts";
import type { MetricSettings } from "./pass-metrics.ts";
import type { TraceSettings } from "./traces/settings.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and what temporary files go by. */
const givenByLambda = /^(AWS_|LAMBDA_|_|LANG$|TZ$|PATH$|LD_LIBRARY_PATH$|NODE_PATH$|TMPDIR$)/;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the dispatcher is told. */
export interface DispatcherConfig {
  /** The secret that holds the keys of run data; undefined: they are not encrypted. */
  readonly encryptionId: string | undefined;
  readonly table: string;
  readonly doorbellUrl: string;
  readonly deadLetterUrl: string;
  readonly bucket: string;
  readonly secretId: string;
  /** The hash of the code in this function. */
  readonly codeVersion: string;
  /** The name of this function, to hand runs to its other versions. */
  readonly functionName: string;
  /** Which of them this one is. */
  readonly version: string;
  readonly leaseMs: number;
  readonly leaveAfterMs: number;
  /** Megabytes of this function; 0 in a task of Fargate. */
  readonly memoryMb: number;
  /** Functions with more memory, smallest first; undefined: there are none, or this is one. */
  readonly larger: readonly LargerFunction[] | undefined;
  /** Where passes of `longRunning` tasks are started; undefined: the code of this function has none. */
  readonly fargate: FargateConfig | undefined;
  /** Absent where passes are not counted. */
  readonly metrics: MetricSettings | undefined;
}

/** Where tasks of Fargate are started, and from what. */
export interface FargateConfig {
  /** Of ECS. */
  readonly url: string;
  readonly cluster: string;
  /** Of task definitions: the newest one of it is started. */
  readonly family: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

/** What the api is told. */
export interface ApiConfig {
  /** The secret that holds the keys of run data; undefined: they are not encrypted. */
  readonly encryptionId: string | undefined;
  readonly table: string;
  readonly doorbellUrl: string;
  readonly bucket: string;
  readonly secretId: string;
  /** What new runs are pinned to: the dispatcher's version and the hash of its code. */
  readonly codeVersion: string;
  /** Where the lines are that runs have logged, and for how many days. */
  readonly logGroup: string;
  readonly logDays: number;
  /** Where this function's own lines are. */
  readonly ownLogGroup: string;
  /** The function that looks ahead. */
  readonly plannerName: string;
  /** Where callers reach the api; told where links to large values lead to itself. */
  readonly publicUrl: string | undefined;
  /** The stack's name. */
  readonly stage: string;
}

/** What the planner is told. */
export interface PlannerConfig {
  readonly encryptionId: string | undefined;
  readonly table: string;
  readonly bucket: string;
  readonly secretId: string;
  /** What new runs are pinned to: the code that lies beside it. */
  readonly codeVersion: string;
  /** The function whose versions have the code of older runs. */
  readonly dispatcher: string;
}

/** What the timer is told. */
export interface TimerConfig {
  /** The secret that holds the keys of run data; undefined: they are not encrypted. */
  readonly encryptionId: string | undefined;
  readonly table: string;
  readonly doorbellUrl: string;
  readonly lostRingsUrl: string;
  /** What scheduled runs are pinned to. */
  readonly codeVersion: string;
  /** The stack's name: it says which schedules are kept. */
  readonly stage: string;
  /** How far apart its ticks are. */
  readonly tickMs: number;
  readonly metrics: MetricSettings;
}

/** What the housekeeper is told. */
export interface HousekeeperConfig {
  readonly table: string;
  readonly bucket: string;
  /** What new runs are pinned to. */
  readonly codeVersion: string;
  /** The name of the dispatcher, whose versions it looks after. */
  readonly functionName: string;
  readonly retention: RetentionRules;
}

/** HF406: a setting that is missing or not valid. */
function badSetting(name: string, what: string): HoldfastError {
  const fix =
    "Deploy the stack again: its functions get their settings from the construct, and from nowhere else.";
  return new HoldfastError("HF406", `The environment variable ${name} ${what}.`, fix);
}

/** An invocation waits for its spans this long at most. */
const longestSendMs = 2_000;

/** The namespace is there whether or not passes are counted: the timer's own metric is in it. */
function metricSettings({ text }: ReturnType<typeof reader>, perTask: boolean): MetricSettings {
  return { namespace: text("HOLDFAST_METRICS_NAMESPACE"), project: text("HOLDFAST_PROJECT"), perTask };
}

/** Where a service is. As AWS's clients do, calls go where their own setting says. */
function urlOf(url: string, elsewhere: string | undefined): string {
  return elsewhere === undefined ? url : new URL(new URL(url).pathname, elsewhere).href;
}

/** Where X-Ray takes spans, if that is wanted. */
function xrayUrl({ HOLDFAST_XRAY_URL: url, ...env }: Environment): string | undefined {
  return url === undefined ? url : urlOf(url, env.AWS_ENDPOINT_URL_XRAY ?? env.AWS_ENDPOINT_URL);
}

function fargateConfig({ text }: ReturnType<typeof reader>, env: Environment): FargateConfig | undefined {
  const { HOLDFAST_LONG_CLUSTER: cluster } = env;
  if (cluster === undefined) return undefined;
  const listed = (name: string): string[] => text(name).split(",");
  return {
    url: urlOf(text("HOLDFAST_LONG_URL"), env.AWS_ENDPOINT_URL_ECS ?? env.AWS_ENDPOINT_URL),
    cluster,
    family: text("HOLDFAST_LONG_FAMILY"),
    subnets: listed("HOLDFAST_LONG_SUBNETS"),
    securityGroups: listed("HOLDFAST_LONG_GROUPS"),
  };
}

function reader(env: Environment) {
  const text = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") throw badSetting(name, "is missing");
    return value;
  };
  const ms = (name: string): number => {
    const value = Number(text(name));
    if (!Number.isFinite(value) || value <= 0) throw badSetting(name, "is not a number of seconds");
    return value * 1_000;
  };
  return { text, ms };
}

/** Where the secrets are that the tasks may read when they are loaded, before anything else is known. */
export const secretIdOf = (env: Environment = process.env): string | undefined => env.HOLDFAST_SECRET_ID;

/** The function that tasks reach their own project by; undefined in a stack of an older construct. */
export const apiFunctionOf = (env: Environment = process.env): string | undefined =>
  env.HOLDFAST_API_FUNCTION;

/** The dispatcher's settings. @throws HoldfastError HF406 */
export function dispatcherConfig(env: Environment = process.env): DispatcherConfig {
  const read = reader(env);
  const { text, ms } = read;
  const counts = env.HOLDFAST_METRICS;
  return {
    encryptionId: env.HOLDFAST_ENCRYPTION_ID,
    metrics: counts === undefined ? undefined : metricSettings(read, counts === "tasks"),
    table: text("HOLDFAST_TABLE"),
    doorbellUrl: text("HOLDFAST_DOORBELL_URL"),
    deadLetterUrl: text("HOLDFAST_DEAD_LETTER_URL"),
    bucket: text("HOLDFAST_BUCKET"),
    secretId: text("HOLDFAST_SECRET_ID"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    functionName: text("AWS_LAMBDA_FUNCTION_NAME"),
    version: text("AWS_LAMBDA_FUNCTION_VERSION"),
    leaseMs: ms("HOLDFAST_LEASE_SECONDS"),
    leaveAfterMs: ms("HOLDFAST_LEAVE_AFTER_SECONDS"),
    memoryMb: Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 0),
    // The construct has put it together.
    larger:
      env.HOLDFAST_LARGER === undefined ? undefined : (JSON.parse(env.HOLDFAST_LARGER) as LargerFunction[]),
    fargate: fargateConfig(read, env),
  };
}

/** What a task of Fargate is told: its run, and where the code is. @throws HoldfastError HF406 */
export function longPassConfig(env: Environment = process.env) {
  const { text } = reader(env);
  return { runId: text("HOLDFAST_LONG_RUN"), folder: text("LAMBDA_TASK_ROOT") };
}

/** Where the dispatcher sends traces; undefined: nowhere. Where nothing speaks of traces their code is not loaded. @throws HoldfastError HF406 */
export async function dispatcherTraces(env: Environment = process.env): Promise<TraceSettings | undefined> {
  const isSpokenOf = xrayUrl(env) !== undefined || Object.keys(env).some((name) => name.startsWith("OTEL_"));
  if (!isSpokenOf) return undefined;
  return (await import("./traces/settings.ts")).traceSettings(env, longestSendMs, xrayUrl(env));
}

/** The api's settings. @throws HoldfastError HF406 */
export function apiConfig(env: Environment = process.env): ApiConfig {
  const { text } = reader(env);
  return {
    encryptionId: env.HOLDFAST_ENCRYPTION_ID,
    publicUrl: env.HOLDFAST_API_URL,
    stage: text("HOLDFAST_STAGE"),
    plannerName: text("HOLDFAST_PLANNER"),
    table: text("HOLDFAST_TABLE"),
    doorbellUrl: text("HOLDFAST_DOORBELL_URL"),
    bucket: text("HOLDFAST_BUCKET"),
    secretId: text("HOLDFAST_SECRET_ID"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    logGroup: text("HOLDFAST_LOG_GROUP"),
    logDays: Number(text("HOLDFAST_LOG_DAYS")),
    ownLogGroup: text("AWS_LAMBDA_LOG_GROUP_NAME"),
  };
}

/** The planner's settings. @throws HoldfastError HF406 */
export function plannerConfig(env: Environment = process.env): PlannerConfig {
  const { text } = reader(env);
  return {
    encryptionId: env.HOLDFAST_ENCRYPTION_ID,
    table: text("HOLDFAST_TABLE"),
    bucket: text("HOLDFAST_BUCKET"),
    secretId: text("HOLDFAST_SECRET_ID"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    dispatcher: text("HOLDFAST_DISPATCHER"),
  };
}

/** What a process on the code of a version finds: what Lambda gives each function, and the version's own variables. */
export const versionEnvironment = (
  variables: Readonly<Record<string, string>>,
  env: Environment = process.env,
): Environment => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => givenByLambda.test(name))),
  ...variables,
});

/** The environment of a process in which the author's code is only looked at: without the rights of the function. */
export const childEnvironment = (env: Environment = process.env): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(AWS_(?!REGION)|_X_AMZN|_HANDLER)/.test(name)),
  );

/** The timer's settings. @throws HoldfastError HF406 */
export function timerConfig(env: Environment = process.env): TimerConfig {
  const read = reader(env);
  const { text, ms } = read;
  return {
    encryptionId: env.HOLDFAST_ENCRYPTION_ID,
    metrics: metricSettings(read, false),
    table: text("HOLDFAST_TABLE"),
    doorbellUrl: text("HOLDFAST_DOORBELL_URL"),
    lostRingsUrl: text("HOLDFAST_LOST_RINGS_URL"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    stage: text("HOLDFAST_STAGE"),
    tickMs: ms("HOLDFAST_TIMER_SECONDS"),
  };
}

/** The housekeeper's settings. @throws HoldfastError HF406 */
export function housekeeperConfig(env: Environment = process.env): HousekeeperConfig {
  const { text } = reader(env);
  return {
    table: text("HOLDFAST_TABLE"),
    bucket: text("HOLDFAST_BUCKET"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    functionName: text("HOLDFAST_DISPATCHER"),
    // The construct has checked them.
    retention: JSON.parse(text("HOLDFAST_RETENTION")) as RetentionRules,
  };
}
