/**
 * What a project's `trigger.config` says for all of its tasks: told by the bundle's entry before the task files are loaded.
 *
 * Invariant: a task's own word counts before it, but for `noRetries`.
 */
import type { MachineName } from "../engine/machines.ts";
import type { TaskRetry } from "./task-options.ts";

/** The levels of `logger`, from nothing to everything, by Trigger.dev's order. */
export const logLevels = ["none", "error", "warn", "log", "info", "debug"] as const;

/** What holds for tasks that do not say otherwise. */
export interface TaskDefaults {
  readonly retry?: TaskRetry;
  /** Nothing is tried again, whatever a task says: in `holdfast dev`, for `retries.enabledInDev: false`. */
  readonly noRetries?: true;
  readonly machine?: MachineName;
  /** As the `ttl` of a task. */
  readonly ttl?: string | number;
  /** Seconds. */
  readonly maxDuration?: number;
  readonly logLevel?: (typeof logLevels)[number];
}

let defaults: TaskDefaults = {};

/** Set once, by the entry of a bundle. */
export function setTaskDefaults(given: TaskDefaults): void {
  defaults = given;
}

/** What was set. */
export const taskDefaults = (): TaskDefaults => defaults;

/** Is a line of this level wanted? All are, where the config says nothing. */
export function isLogged(level: (typeof logLevels)[number]): boolean {
  const { logLevel = "debug" } = defaults;
  return logLevels.indexOf(level) <= logLevels.indexOf(logLevel);
}
