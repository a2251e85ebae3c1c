/**
 * The settings of the Lambda functions: read from the environment once per cold start, checked, and never again.
 *
 * Owns:      the only reading of the environment in functions/. `infra/` sets what is read here.
 * Invariant: a function that lacks a setting ends at its first invocation, with the setting's name (HF406).
 */
import { HoldfastError } from "../engine/errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the dispatcher is told. */
export interface DispatcherConfig {
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
}

/** What the api is told. */
export interface ApiConfig {
  readonly table: string;
  readonly doorbellUrl: string;
  readonly bucket: string;
  readonly secretId: string;
  /** What new runs are pinned to: the dispatcher's version and the hash of its code. */
  readonly codeVersion: string;
  /** Where the lines are that runs have logged. */
  readonly logGroup: string;
}

/** What the timer is told. */
export interface TimerConfig {
  readonly table: string;
  readonly doorbellUrl: string;
  readonly lostRingsUrl: string;
  /** What scheduled runs are pinned to. */
  readonly codeVersion: string;
  /** How far apart its ticks are. */
  readonly tickMs: number;
}

/** HF406: a setting that is missing or not valid. */
function badSetting(name: string, what: string): HoldfastError {
  const fix =
    "Deploy the stack again: its functions get their settings from the construct, and from nowhere else.";
  return new HoldfastError("HF406", `The environment variable ${name} ${what}.`, fix);
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

/** The dispatcher's settings. @throws HoldfastError HF406 */
export function dispatcherConfig(env: Environment = process.env): DispatcherConfig {
  const { text, ms } = reader(env);
  return {
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
  };
}

/** The api's settings. @throws HoldfastError HF406 */
export function apiConfig(env: Environment = process.env): ApiConfig {
  const { text } = reader(env);
  return {
    table: text("HOLDFAST_TABLE"),
    doorbellUrl: text("HOLDFAST_DOORBELL_URL"),
    bucket: text("HOLDFAST_BUCKET"),
    secretId: text("HOLDFAST_SECRET_ID"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    logGroup: text("HOLDFAST_LOG_GROUP"),
  };
}

/** The timer's settings. @throws HoldfastError HF406 */
export function timerConfig(env: Environment = process.env): TimerConfig {
  const { text, ms } = reader(env);
  return {
    table: text("HOLDFAST_TABLE"),
    doorbellUrl: text("HOLDFAST_DOORBELL_URL"),
    lostRingsUrl: text("HOLDFAST_LOST_RINGS_URL"),
    codeVersion: text("HOLDFAST_CODE_VERSION"),
    tickMs: ms("HOLDFAST_TIMER_SECONDS"),
  };
}
