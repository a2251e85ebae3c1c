/** What a task with a schedule is run with, if the test gives it nothing. */
import { type SchedulePayload, upcomingCount } from "../engine/schedules.ts";
import { upcomingTimes } from "../transform/schedules.ts";

/** The schedule of a task, as the build read it. */
export interface BuiltSchedule {
  readonly cron?: string;
  readonly timezone?: string;
}

/** The payload of its first run, at this time; undefined for a task without a schedule. */
export function scheduledPayload(
  schedule: BuiltSchedule | undefined,
  now: number,
): SchedulePayload | undefined {
  if (schedule === undefined) return undefined;
  const { cron, timezone = "UTC" } = schedule;
  return {
    type: cron === undefined ? "IMPERATIVE" : "DECLARATIVE",
    timestamp: new Date(now),
    lastTimestamp: undefined,
    timezone,
    scheduleId: "sched_testing",
    upcoming: cron === undefined ? [] : upcomingTimes(cron, timezone, now, upcomingCount),
  };
}
