/**
 * `defineConfig()`: the types of a `trigger.config.ts`. The build reads the file; nothing of it runs with the tasks.
 */
import type { MachineName } from "../engine/machines.ts";
import type { RetryOptions } from "../engine/retry.ts";
import type { CatchErrorHookParams, FailureHookParams, StartHookParams, SuccessHookParams } from "./hooks.ts";

/** The options of a `trigger.config.ts`. Those that are named here count; Trigger.dev's others are listed at the start. */
export interface TriggerConfig {
  /** Folders of task files, from the config's own; a glob names folders. @default every folder called `trigger` */
  readonly dirs?: string[];
  /** Globs of files that are no task files. @default tests: `*.test.*` and `*.spec.*` */
  readonly ignorePatterns?: string[];
  /** Path of the tsconfig.json for all task files. @default the nearest of each file */
  readonly tsconfig?: string;
  readonly retries?: {
    /** False: nothing is tried again in `holdfast dev`. */
    readonly enabledInDev?: boolean;
    /** For tasks that have no `retry`. */
    readonly default?: RetryOptions;
  };
  /** Seconds of active time, for tasks that have no `maxDuration`. */
  readonly maxDuration?: number;
  /** For tasks that have no `machine`. */
  readonly machine?: MachineName;
  /** As the `ttl` of a task, for those that have none. */
  readonly ttl?: string | number;
  /** Lines of `logger` above this are dropped. @default all are kept */
  readonly logLevel?: "none" | "error" | "warn" | "log" | "info" | "debug";
  readonly build?: {
    /** Packages that stay outside of the bundle: in AWS they are installed beside it. */
    readonly external?: string[];
    /** Conditions by which packages choose what they export. */
    readonly conditions?: string[];
    readonly jsx?: { readonly automatic?: boolean; readonly factory?: string; readonly fragment?: string };
    /** Not run: listed. */
    readonly extensions?: readonly unknown[];
    readonly [option: string]: unknown;
  };
  /** Hooks of all tasks, as `tasks.onStart` and its like set them. */
  readonly init?: (params: StartHookParams<unknown>) => unknown;
  readonly onStart?: (params: StartHookParams<unknown>) => unknown;
  readonly onSuccess?: (params: SuccessHookParams<unknown, unknown>) => unknown;
  readonly onFailure?: (params: FailureHookParams<unknown>) => unknown;
  readonly handleError?: (params: CatchErrorHookParams<unknown>) => unknown;
  readonly catchError?: (params: CatchErrorHookParams<unknown>) => unknown;
  /** Trigger.dev's options that have no effect here. */
  readonly [option: string]: unknown;
}

/**
 * Gives what it is given, with its type checked.
 *
 * @example
 * ```ts
 * import { defineConfig } from "holdfast";
 *
 * export default defineConfig({
 *   project: "proj_of_the_time_before",
 *   dirs: ["./src/trigger"],
 *   maxDuration: 300,
 *   retries: { enabledInDev: false, default: { maxAttempts: 5 } },
 * });
 * ```
 */
export const defineConfig = (config: TriggerConfig): TriggerConfig => config;
