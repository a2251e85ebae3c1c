/**
 * Schedules that are made by calls: over HTTP, with the configured key, from callers and from tasks.
 */

import { askApi } from "./calling.ts";
import { clientConfig } from "./config.ts";
import type { CursorPagePromise } from "./cursor-page.ts";
import type { Call } from "./http-call.ts";
import { numberedPages, type PageOptions } from "./numbered-pages.ts";

/** What a schedule is to be. */
export interface UpdateScheduleOptions {
  /** The id of a `schedules.task()`. */
  readonly task: string;
  /** Minute, hour, day of month, month and day of week, or a name such as `@daily`. */
  readonly cron: string;
  /** The time zone in which `cron` is read; UTC by default. */
  readonly timezone?: string;
  /** Your own name for it, such as a customer's id: each run is told. */
  readonly externalId?: string;
  /** Only `"0m"`: a run begins at its time, and is not spread over a window. */
  readonly window?: "0m";
}

/** A schedule to be made. */
export interface CreateScheduleOptions extends UpdateScheduleOptions {
  /** A second `create` with it changes this schedule, and makes no other. 1 to 512 characters. */
  readonly deduplicationKey: string;
}

/** A schedule as the server tells of it. */
export interface ScheduleObject {
  readonly id: string;
  /** `DECLARATIVE`: it stands in the code. */
  readonly type: "DECLARATIVE" | "IMPERATIVE";
  readonly task: string;
  readonly active: boolean;
  readonly deduplicationKey?: string;
  readonly externalId?: string;
  readonly generator: { readonly type: "CRON"; readonly expression: string; readonly description: string };
  readonly timezone: string;
  /** The next time that has no run yet; absent while it is not active. */
  readonly nextRun?: Date;
  /** The last time that was given a run. */
  readonly lastRun?: Date;
  /** Always empty: a server has one environment. */
  readonly environments: { readonly id: string; readonly type: string; readonly userName?: string }[];
}

type Raw = Omit<ScheduleObject, "nextRun" | "lastRun"> & {
  readonly nextRun?: string;
  readonly lastRun?: string;
};

const base = "/api/v1/schedules";

const ask = <T>(call: Call): Promise<T> => askApi<T>(clientConfig(), call);

const pathOf = (id: string, rest = ""): string => `${base}/${encodeURIComponent(id)}${rest}`;

function scheduleOf({ nextRun, lastRun, ...rest }: Raw): ScheduleObject {
  return {
    ...rest,
    ...(nextRun === undefined ? {} : { nextRun: new Date(nextRun) }),
    ...(lastRun === undefined ? {} : { lastRun: new Date(lastRun) }),
  };
}

const one = async (call: Call): Promise<ScheduleObject> => scheduleOf(await ask<Raw>(call));

const listed = numberedPages("schedules", base, scheduleOf);

/** The calls of `schedules`. */
export const scheduleCalls = {
  /**
   * Makes a schedule, or changes the one with this `deduplicationKey`. Its times count from now on.
   * @throws UnprocessableEntityError for a pattern, zone or task that there is not
   * @example
   * ```ts
   * import { schedules } from "holdfast";
   *
   * const { id, nextRun } = await schedules.create({
   *   task: "digest",
   *   cron: "0 7 * * *",
   *   timezone: "America/New_York",
   *   externalId: "customer_42",
   *   deduplicationKey: "digest-customer_42",
   * });
   * console.log(id, nextRun);
   * ```
   */
  create: (options: CreateScheduleOptions): Promise<ScheduleObject> =>
    one({ method: "POST", path: base, body: JSON.stringify(options) }),
  /** One schedule. @throws NotFoundError */
  retrieve: (id: string): Promise<ScheduleObject> => one({ method: "GET", path: pathOf(id) }),
  /** Gives a schedule another form, as a whole: an `externalId` that is left out is gone. @throws NotFoundError, ConflictError for one of the code */
  update: (id: string, options: UpdateScheduleOptions): Promise<ScheduleObject> =>
    one({ method: "PUT", path: pathOf(id), body: JSON.stringify(options) }),
  /** Deletes a schedule. What it has started goes on. @throws NotFoundError, ConflictError for one of the code */
  del: (id: string): Promise<{ readonly id: string }> => ask({ method: "DELETE", path: pathOf(id) }),
  /** Lets it start runs again, at its times from now on. @throws NotFoundError, ConflictError for one of the code */
  activate: (id: string): Promise<ScheduleObject> => one({ method: "POST", path: pathOf(id, "/activate") }),
  /** It starts nothing until it is activated. @throws NotFoundError, ConflictError for one of the code */
  deactivate: (id: string): Promise<ScheduleObject> =>
    one({ method: "POST", path: pathOf(id, "/deactivate") }),
  /** By id, those of the code among them: await one page, or go through all with `for await`. */
  list: (options: PageOptions = {}): CursorPagePromise<ScheduleObject> => listed(options),
  /** The names of the time zones that the server knows. */
  timezones: ({
    excludeUtc = false,
  }: {
    readonly excludeUtc?: boolean;
  } = {}): Promise<{
    readonly timezones: string[];
  }> =>
    ask({
      method: "GET",
      path: "/api/v1/timezones",
      query: new URLSearchParams({ excludeUtc: String(excludeUtc) }),
    }),
};
