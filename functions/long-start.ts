/**
 * How the dispatcher starts passes of `longRunning` tasks, loaded where there are any.
 *
 * Owns: what becomes of tasks that ask for it where the stack has no place for them.
 */
import type { MachineName } from "../engine/machines.ts";
import type { Run } from "../engine/run.ts";
import { fargate } from "./aws/fargate.ts";
import type { Signer } from "./aws/xray.ts";
import type { DispatcherConfig } from "./config.ts";
import type { Log } from "./log.ts";
import type { LongRunning } from "./long-running.ts";

/** What it takes. */
export interface LongStartParts {
  /** Ids of the tasks that ask for it. */
  readonly tasks: readonly string[];
  readonly config: Pick<DispatcherConfig, "fargate" | "functionName" | "version">;
  readonly signer: Signer;
  /** The machine that a run asks for; undefined: none. */
  readonly machineOf: (run: Run) => MachineName | undefined;
  readonly log: Pick<Log, "warn">;
}

/** Where a task is `longRunning` and the build has not seen it, there is nothing that could be started. */
export function longStart({
  tasks,
  config,
  signer,
  machineOf,
  log,
}: LongStartParts): LongRunning | undefined {
  const { fargate: place, functionName, version } = config;
  if (place !== undefined) {
    const { start } = fargate({ ...place, signer, functionName, version, machineOf });
    return { tasks: new Set(tasks), start };
  }
  const what =
    "Tasks are longRunning that the build could not see: write `longRunning: true` into their options";
  log.warn(what, { tasks });
  return undefined;
}
