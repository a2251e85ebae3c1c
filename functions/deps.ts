/**
 * What the HTTP app is given: the world (ports), the code that is deployed, the keys, and a log.
 *
 * Never: names a store, a cloud or an environment; `local/` and the AWS entry fill this in.
 */
import type { MachineName } from "../engine/machines.ts";
import type { ResumePlan } from "../engine/plan.ts";
import type { Ports } from "../engine/ports.ts";
import type { QueueDesk } from "../engine/queues.ts";
import type { Decided } from "../engine/run.ts";
import type { RunLogs } from "../engine/run-logs.ts";
import type { Schedules } from "../engine/schedules.ts";
import type { Filter } from "../filters/passes.ts";
import type { KnownKey } from "./api-keys.ts";
import type { DashboardFiles } from "./dashboard-files.ts";
import type { DeliveryLog, DeliveryNotes } from "./delivery-notes.ts";
import type { Deployments } from "./deployments.ts";
import type { Eraser } from "./erasing.ts";
import type { FoundLogs } from "./found-lines.ts";
import type { OneTimeTokens } from "./one-time-link.ts";

/** A task of the deployed code, as `describeTasks` of `holdfast/host` tells it. */
export interface TaskListing {
  readonly id: string;
  readonly description?: string;
  /** As its author describes the payload. */
  readonly jsonSchema?: object;
  readonly retry?: unknown;
  readonly maxDurationSeconds?: number;
  /** `onFailure` or `onComplete` are called for its runs. */
  readonly hasEndHooks?: true;
  /** Name of the setting that holds the webhook's secret. */
  readonly webhookSecret?: string;
  readonly file?: string;
  /** In AWS its passes are tasks of Fargate. */
  readonly longRunning?: true;
  /** The machine that it asks for. */
  readonly machine?: MachineName;
  /** A `schedules.task()`, and when it starts by itself, if the code says so. */
  readonly schedule?: { readonly cron?: string; readonly timezone?: string };
}

/** Tells the name and place (`file:line`) of a call site. */
export type SiteNames = (siteId: string) => { readonly name: string; readonly at: string } | undefined;

/** An address that a provider sends to, and the tasks that its deliveries start. */
export interface WebhookListing {
  readonly id: string;
  readonly provider: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tasks: readonly {
    readonly id: string;
    /** The setting that the task names goes ahead of the source's. */
    readonly secret?: string;
    readonly filter?: Filter;
    /** Its runs get the event alone. */
    readonly isBare: boolean;
  }[];
}

/** The code that new runs are pinned to. Asked at each request: `holdfast dev` rebuilds while it serves. */
export interface DeployedCode {
  version(): string;
  tasks(): readonly TaskListing[];
  /** The concurrency limits that it declares; absent where only its passes know them. */
  limits?(): readonly string[];
  /** Where providers send to; absent: only the tasks' own addresses, for Standard Webhooks. */
  webhook?(id: string): WebhookListing | undefined;
  /** All of them, without the addresses of tasks that share one. */
  webhooks?(): readonly WebhookListing[];
  /** Sets of paths that waiters match. */
  matches?(): readonly (readonly string[])[];
  /** Where the build knows its call sites: frames of the tree are named by it. */
  readonly site?: SiteNames;
}

/** Who may call the API. `secretKeys` of auth.ts makes one from a list of keys. */
export interface Keys {
  /** The key, if it is one; compares in constant time. Its time may be over. */
  find(bearer: string): Promise<KnownKey | undefined> | KnownKey | undefined;
  /** HMAC-SHA256 of a text under each key that may do everything for ever: the first signs sessions, any of them lets in. */
  sign(text: string): readonly Buffer[];
}

/** How many requests are taken. Each call counts one, and gives the seconds to wait where it is one too many. */
export interface RateLimits {
  key(keyId: string): Promise<number | undefined>;
  /** A request that was refused (401), of this address. */
  refused(address: string): Promise<number | undefined>;
}

/** Where the app writes down what the caller is not told. */
export interface HttpLog {
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Tells at once when a run may have ended; without one, the app looks again every so often. */
interface Waiter {
  /** Resolves when the run may have ended, or after `ms`, or when `signal` aborts: whichever is first. Never rejects. */
  ended(runId: string, ms: number, signal: AbortSignal): Promise<void>;
}

/** Looks ahead. */
interface Planner {
  plan(asked: {
    readonly runId: string;
    readonly codeVersion: string;
    readonly decided: Decided;
  }): Promise<ResumePlan>;
}

/** The secrets of the tasks, and their versions: never a value. */
export interface SecretListing {
  /** In the order of their names; `from`: who says what their values are. */
  readonly secrets: readonly { readonly name: string; readonly from: ".env" | "set" | "Secrets Manager" }[];
  /** The newest first, which is the current one; `createdAt` in ms of the epoch, where the server knows it. */
  readonly versions: readonly { readonly version: string; readonly createdAt?: number | undefined }[];
  /** False: there may be older versions that the server cannot list. */
  readonly isComplete: boolean;
}

/** The secrets of the tasks, by name. */
export interface EnvvarDesk {
  /** The environment that they are of. */
  readonly stage: string;
  listed(): Promise<SecretListing>;
  /** The version that is current at this moment, asked anew; undefined where there is none. */
  current(): Promise<string | undefined>;
  /**
   * Changes some, all in one version; null takes one away. `decide` may be asked again. Absent where the server has no right to.
   * `fromFile`: those of `.env`, `set`: those that go before them.
   */
  change?(
    decide: (there: {
      readonly fromFile: ReadonlySet<string>;
      readonly set: ReadonlySet<string>;
    }) => Readonly<Record<string, string | null>>,
  ): Promise<void>;
}

/** Everything that `httpApp` needs. */
export interface HttpDeps {
  readonly ports: Ports;
  readonly code: DeployedCode;
  readonly schedules: Schedules;
  readonly queues: QueueDesk;
  readonly envvars: EnvvarDesk;
  /** The lines of runs: kept beside them, or found in a log. */
  readonly logs: RunLogs | FoundLogs;
  /** What became of deliveries of webhooks: kept, or found in a log. */
  readonly deliveries: DeliveryNotes | DeliveryLog;
  readonly keys: Keys;
  /** Absent where something in front of the app counts. */
  readonly limits?: RateLimits;
  /** Told of each use of a key that is not the project's own. */
  keyUsed?(keyId: string, at: number): void;
  /** The `whsec_…` secrets that may sign deliveries to a task, its own first; undefined where there are none. */
  webhookSecret(task: string): readonly string[] | undefined;
  /** The secrets in a setting of the project's that sources of webhooks name: the current one, and the one before it. */
  secretsNamed?(setting: string): readonly string[];
  /**
   * Values of the Host header that are served; others get HF210. Without a port, any port fits.
   * Undefined: every host is served (behind a gateway that checks it).
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Makes links to large values that their keeper answers itself; by default the app makes its own, and answers them. */
  readonly linkTo?: (ref: string) => Promise<string>;
  /** Signs the app's own links, so that other processes of the same app take them; by default they end with the process. */
  readonly linkKey?: Buffer | undefined;
  /** Where callers reach the app, for links of its own; by default what the request's URL says. */
  readonly publicUrl?: string;
  /** The dashboard's built files; without them it says how they are made. */
  readonly dashboard?: DashboardFiles | undefined;
  /** The links that sign somebody in once, printed and asked for; without them there is the key. */
  readonly signIn?: OneTimeTokens | undefined;
  readonly waiter?: Waiter;
  /** Bytes that the lines of a batch may have together; 3 MB unless said otherwise: a function in AWS is given 6 MB at most. */
  readonly batchBytesMax?: number;
  /** Says what resuming a run would do; absent where nothing looks ahead. Rejects with HF228 where it cannot tell. */
  readonly planner?: Planner;
  /** The versions of the code that are kept, with their times. Rejects where nobody could be asked. */
  readonly deployments: Deployments;
  /** Takes ended runs away, and says what is left of them elsewhere. */
  readonly erasing: Eraser & { readonly remains: readonly string[] };
  /** What Prometheus reads, and its content type; absent where metrics are elsewhere. */
  readonly metrics?: () => Promise<{ readonly type: string; readonly body: string }>;
  readonly log: HttpLog;
}
