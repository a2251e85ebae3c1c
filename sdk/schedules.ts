/**
 * `schedules.task()`: a task that starts by itself, at the times of a cron pattern.
 */
import { HoldfastError } from "../engine/errors.ts";
import { scheduleCalls } from "./schedule-calls.ts";
import { type Task, taskFrom } from "./task.ts";
import { checkTask, type TaskOptions } from "./task-options.ts";

/**
 * What a scheduled run gets. One that is started by hand gets what it is given, dates also as text; without a payload the time
 * at which it begins, in its pattern's time zone, of the schedule `manual`.
 */
export interface ScheduledTaskPayload {
  readonly type: "DECLARATIVE" | "IMPERATIVE";
  /** The time that this run stands for: the one that the pattern names, however late the run begins. */
  readonly timestamp: Date;
  /** The time that the run before stands for; undefined for the first. */
  readonly lastTimestamp: Date | undefined;
  /** The time zone in which the pattern is read. */
  readonly timezone: string;
  readonly scheduleId: string;
  /** Of a schedule that was made by `schedules.create`: the caller's own name for it. */
  readonly externalId?: string;
  /** The next ten times. */
  readonly upcoming: Date[];
}

/** The options of `schedules.task()`: those of a task, and its times. */
export interface ScheduledTaskOptions<Id extends string, Output>
  extends TaskOptions<Id, ScheduledTaskPayload, Output> {
  /**
   * When it runs: minute, hour, day of month, month and day of week, or a name such as `@daily`. In UTC, if no time zone
   * is named. It is read in the source when the code is built. Without it, the task gets its times by `schedules.create`.
   */
  readonly cron?:
    | string
    | {
        readonly pattern: string;
        readonly timezone?: string;
        /**
         * Where it starts runs: `DEVELOPMENT` is `holdfast dev`, `PRODUCTION` is `holdfast serve` and AWS; the others are nowhere.
         * @default everywhere
         */
        readonly environments?: readonly ("DEVELOPMENT" | "STAGING" | "PRODUCTION" | "PREVIEW")[];
        /** Runs start at their time. */
        readonly window?: "0m";
      };
}

const dateOf = (value: unknown): unknown => {
  const date = typeof value === "string" ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? value : date;
};

/** JSON, which people and callers of the API send, has no dates. */
async function payloadOf(given: unknown, timezone: string): Promise<unknown> {
  if (given !== undefined && (typeof given !== "object" || given === null)) return given;
  const { timestamp = new Date(), lastTimestamp, upcoming = [], ...others } = (given ?? {}) as Given;
  return {
    type: "DECLARATIVE",
    timezone,
    scheduleId: "manual",
    ...others,
    timestamp: dateOf(timestamp),
    lastTimestamp: dateOf(lastTimestamp),
    upcoming: Array.isArray(upcoming) ? upcoming.map(dateOf) : upcoming,
  };
}

interface Given {
  readonly timestamp?: unknown;
  readonly lastTimestamp?: unknown;
  readonly upcoming?: unknown;
}

function scheduledTask<const Id extends string, Output = unknown>(
  options: ScheduledTaskOptions<Id, Output>,
): Task<Id, ScheduledTaskPayload, Output> {
  const { cron, ...rest } = options;
  const pattern = typeof cron === "object" ? cron?.pattern : cron;
  if (cron !== undefined && typeof pattern !== "string") {
    const what = `Task ${JSON.stringify(options.id)}: cron must be a pattern, or an object with a pattern and a timezone.`;
    throw new HoldfastError("HF503", what, 'Write `cron: "0 9 * * MON"`: 9:00 on Mondays.');
  }
  const definition = checkTask(rest as unknown as TaskOptions<Id, never, Output>);
  const timezone = (typeof cron === "object" ? cron.timezone : undefined) ?? "UTC";
  return taskFrom(options.id, { ...definition, parse: (given) => payloadOf(given, timezone) });
}

/**
 * Tasks that start by themselves.
 *
 * @example
 * ```ts
 * import { schedules } from "holdfast";
 *
 * export const digest = schedules.task({
 *   id: "digest",
 *   cron: { pattern: "0 9 * * MON-FRI", timezone: "Europe/Berlin" },
 *   run: async ({ timestamp }) => `the digest of ${timestamp.toISOString()}`,
 * });
 * ```
 */
export const schedules = {
  /**
   * Defines a task that starts at the times of `cron`.
   * @throws HoldfastError HF502 for an id that is taken, HF503 for options that are not valid.
   */
  task: scheduledTask,
  ...scheduleCalls,
};
