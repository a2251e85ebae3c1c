/**
 * Which schedules of the code count where it runs: a task may say in which environments its own is kept.
 */
import type { EnvironmentType } from "../sdk/environment.ts";

/** A task with its schedule as the build read it. */
interface Scheduled {
  readonly id: string;
  readonly schedule?: {
    readonly cron?: string;
    readonly timezone?: string;
    readonly environments?: readonly string[];
  };
}

/** The schedule as it counts here: one that is for other environments has no times of its own. */
export function scheduleHere(
  schedule: NonNullable<Scheduled["schedule"]>,
  here: EnvironmentType,
): Omit<NonNullable<Scheduled["schedule"]>, "environments"> {
  const { environments, ...times } = schedule;
  return environments === undefined || environments.includes(here) ? times : {};
}

/** What is said of schedules that are kept elsewhere only. */
export const keptElsewhere = (tasks: readonly Scheduled[], here: EnvironmentType): string[] =>
  tasks.flatMap(({ id, schedule }) =>
    schedule?.environments === undefined || schedule.environments.includes(here)
      ? []
      : [
          `The schedule of "${id}" is for ${schedule.environments.join(", ")}: here, in ${here}, it starts nothing.`,
        ],
  );
