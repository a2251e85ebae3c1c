/**
 * `TriggerClient`: a server of its own for some calls, beside the one that `configure` names.
 *
 * Invariant: what a call of a client does, it does at that client's server, whatever is configured meanwhile; inside a run,
 *            too, where the same call without a client is the run's own.
 */
import { auth } from "./auth.ts";
import { batch } from "./batches.ts";
import { calledApart } from "./calls-apart.ts";
import type { Configuration } from "./config.ts";
import { deployments } from "./deployments.ts";
import { envvars } from "./envvars.ts";
import { queues } from "./queues.ts";
import { runs } from "./runs.ts";
import { schedules } from "./schedules.ts";
import { tasks } from "./tasks.ts";
import { prompts, type Unsupported } from "./unsupported.ts";

/** What a `TriggerClient` is given; what it leaves out is the environment's. */
export type TriggerClientConfig = Configuration;

/** The same calls, each of them made with the client's configuration. */
function bound<T extends object, Name extends keyof T>(
  calls: T,
  names: readonly Name[],
  configuration: TriggerClientConfig,
): Pick<T, Name> {
  const entries = names.map((name) => {
    const call: unknown = calls[name];
    return typeof call === "function"
      ? [name, (...args: unknown[]) => calledApart(configuration, () => call(...args))]
      : [name, all(call as object, configuration)];
  });
  return Object.fromEntries(entries);
}

const all = <T extends object>(calls: T, configuration: TriggerClientConfig): T =>
  bound(calls, Object.keys(calls) as (keyof T)[], configuration);

/** Those that go to a server; `schedules.task` defines. */
const scheduleCalls = ["create", "retrieve", "list", "update", "activate", "deactivate", "del"] as const;

/**
 * Calls to a server of their own: another project, another stage. Inside a run such a call is a checkpoint like any other;
 * the run that it starts is no child of this one.
 *
 * @throws HoldfastError HF506 by a call in a browser, where nothing keeps two configurations apart.
 * @example
 * ```ts
 * import { TriggerClient } from "holdfast";
 *
 * const billing = new TriggerClient({ baseURL: "https://billing.example.com", accessToken: process.env.BILLING_KEY ?? "" });
 * const { id } = await billing.tasks.trigger("invoice", { order: 7 });
 * const { status } = await billing.runs.retrieve(id);
 * console.log(status);
 * ```
 */
export class TriggerClient {
  readonly tasks: Pick<typeof tasks, "trigger" | "batchTrigger">;
  readonly batch: Pick<typeof batch, "trigger" | "triggerByTask" | "retrieve">;
  readonly runs: typeof runs;
  readonly queues: typeof queues;
  readonly schedules: Pick<typeof schedules, (typeof scheduleCalls)[number]>;
  readonly auth: Pick<typeof auth, "createPublicToken" | "createTriggerPublicToken">;
  readonly deployments: typeof deployments;
  readonly envvars: typeof envvars;
  readonly prompts: Unsupported = prompts;

  constructor(configuration: TriggerClientConfig = {}) {
    const own = { ...configuration };
    this.tasks = bound(tasks, ["trigger", "batchTrigger"], own);
    this.batch = bound(batch, ["trigger", "triggerByTask", "retrieve"], own);
    this.runs = all(runs, own);
    this.queues = all(queues, own);
    this.deployments = all(deployments, own);
    this.envvars = all(envvars, own);
    this.schedules = bound(schedules, scheduleCalls, own);
    this.auth = bound(auth, ["createPublicToken", "createTriggerPublicToken"], own);
  }
}
