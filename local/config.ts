/**
 * What a supervisor is told, checked once: everything else in local/ gets this value.
 *
 * Owns:      the defaults and the meaning of the settings (docs/settings.md).
 * Never:     reads the process's environment by itself: it is handed one.
 */
import { availableParallelism } from "node:os";
import { HoldfastError } from "../engine/errors.ts";
import { type Retention, retentionOf, rulesIn, wrongRule } from "../engine/retention.ts";
import { type TraceSettings, traceSettings } from "../functions/traces/settings.ts";

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of one machine, checked. */
export interface LocalConfig {
  readonly port: number;
  readonly runners: number;
  /** Passes that a runner has in work at a time. */
  readonly passesPerRunner: number;
  /** Megabytes of heap that a runner may use; undefined leaves it to Node. */
  readonly runnerMemoryMb?: number;
  /** Requests a minute that a key may make; 0: any number. */
  readonly rateLimit: number;
  /** How long a runner may be silent, and a run over its `maxDuration`, before the runner is killed. */
  readonly patienceMs: number;
  /** How long a run is kept that has ended. */
  readonly retention: Retention;
  /** Are run data to be encrypted? Undefined: as the data folder is. */
  readonly encryption?: boolean;
  readonly secretKey?: string;
  readonly webhookSecret?: string;
  /** Where traces go; undefined: nowhere. */
  readonly traces: TraceSettings | undefined;
  /** What the runners get to see: the author's settings are in it. */
  readonly env: Environment;
}

/** What can be given to a supervisor. */
export interface LocalOptions {
  /** 0 takes any free one. @default 7474 */
  readonly port?: number;
  /** @default two, or one where there is one processor */
  readonly runners?: number;
  /** @default 64 */
  readonly passesPerRunner?: number;
  readonly runnerMemoryMb?: number;
  /** Requests a minute and key; 0 for any number. @default 60,000 */
  readonly rateLimit?: number;
  /** @default 10,000 */
  readonly patienceMs?: number;
  readonly env?: Environment;
}

/** The port that is listened on if none is given. */
export const defaultPort = 7474;

/** How long sending spans may take at most: OpenTelemetry's own default. */
const longestSendMs = 10_000;

/** HF406: a setting that is not valid. */
const badSetting = (what: string, fix: string): HoldfastError => new HoldfastError("HF406", what, fix);

/** HF403: there is nothing to run. */
export const noTasks = (what: string): HoldfastError =>
  new HoldfastError(
    "HF403",
    what,
    'Put a task file into the folder "tasks", or give another folder with "--dir".',
  );

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw badSetting(`${name} is ${value}.`, `Give a whole number from ${least} to ${most}.`);
}

function secret(env: Environment, name: string, form: RegExp, fix: string): string | undefined {
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  if (form.test(value)) return value;
  // The value is not shown: what is nearly a secret may be one.
  throw badSetting(`The environment variable ${name} does not have the expected form.`, fix);
}

/** `HOLDFAST_KEEP_DAYS`: `30`, `forever`, `30, FAILED=90, send-mail=7`. */
function kept({ HOLDFAST_KEEP_DAYS: text = "" }: Environment): Retention {
  const rules = rulesIn(text);
  const wrong = wrongRule(rules);
  if (wrong === undefined) return retentionOf(rules);
  const fix = "Say it as in HOLDFAST_KEEP_DAYS=30, or with more rules: 30, FAILED=90, send-mail=7.";
  throw badSetting(`HOLDFAST_KEEP_DAYS is not valid. ${wrong}`, fix);
}

/** `HOLDFAST_ENCRYPTION`: `on` or `off`. */
function encryption({ HOLDFAST_ENCRYPTION: text = "" }: Environment): Pick<LocalConfig, "encryption"> {
  if (text === "") return {};
  if (text === "on" || text === "off") return { encryption: text === "on" };
  throw badSetting(
    "HOLDFAST_ENCRYPTION is neither on nor off.",
    "Say HOLDFAST_ENCRYPTION=on, or leave it out.",
  );
}

/** Checks what a supervisor is told. @throws HoldfastError HF406 */
export function localConfig(options: LocalOptions): LocalConfig {
  const env = options.env ?? {};
  const memory = options.runnerMemoryMb;
  const secretKey = secret(
    env,
    "HOLDFAST_SECRET_KEY",
    /^\S{16,200}$/,
    "It is a key of 16 to 200 characters without spaces.",
  );
  const webhookSecret = secret(
    env,
    "HOLDFAST_WEBHOOK_SECRET",
    /^whsec_[A-Za-z0-9+/]{32,100}={0,2}$/,
    `It is "whsec_" and 24 to 64 bytes in base64. Leave it out, and one is made.`,
  );
  return {
    port: whole("The port", options.port ?? defaultPort, 0, 65_535),
    runners: whole("The number of runners", options.runners ?? Math.min(2, availableParallelism()), 1, 64),
    passesPerRunner: whole("The number of passes per runner", options.passesPerRunner ?? 64, 1, 10_000),
    rateLimit: whole("The rate limit in requests a minute", options.rateLimit ?? 60_000, 0, 100_000_000),
    patienceMs: whole("The patience with runners in ms", options.patienceMs ?? 10_000, 1, 3_600_000),
    ...(memory === undefined
      ? {}
      : { runnerMemoryMb: whole("The runners' memory in MB", memory, 32, 1_000_000) }),
    ...(secretKey === undefined ? {} : { secretKey }),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...encryption(env),
    retention: kept(env),
    traces: traceSettings(env, longestSendMs),
    env,
  };
}
