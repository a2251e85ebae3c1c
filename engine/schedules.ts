/**
 * What is kept of the schedules of a project: for each, its form and its next time.
 *
 * A schedule is a state machine of one row: `due` moves on from one nominal time to the next, and each move is
 * conditional. The run of a time is started before the move, under an id made from the schedule and that time: whoever
 * dies in between is followed by somebody who finds the run, and moves on.
 *
 * Owns:      the form of that row, and the port to it, which stands beside `Store`.
 * Never:     knows what a cron pattern means.
 */

/** A schedule as it is kept. Times are Unix milliseconds, and nominal: those that the pattern names. */
export interface Schedule {
  /** `sched_` and a hash of the task's id. */
  readonly id: string;
  readonly task: string;
  /** The pattern, as the author wrote it. */
  readonly cron: string;
  /** The name of a time zone, such as `Europe/Berlin`. */
  readonly timezone: string;
  /** The next time that has no run yet; absent for a schedule that is not in the code any more. */
  readonly due?: number;
  /** The last time that was given a run. */
  readonly last?: number;
  /** 1, 2, 3 …: raised by each write, of which it is the condition. */
  readonly revision: number;
  /** The revision with which this pattern came into force: times of different forms have different runs. */
  readonly form: number;
}

/** Where schedules are kept. Memory, SQLite and DynamoDB answer alike: `test/contract/schedules.ts` says how. */
export interface Schedules {
  /** All that there ever were, in order of their ids. */
  all(): Promise<readonly Schedule[]>;
  /**
   * Puts a schedule in place of the one with the revision before it; the first has revision 1.
   * True also when it is there already, as it is after a write whose answer was lost. False: somebody else was faster.
   */
  put(schedule: Schedule): Promise<boolean>;
}

/** The payload of a scheduled run, before it is encoded. Trigger.dev's form. */
export interface SchedulePayload {
  readonly type: "DECLARATIVE";
  /** The nominal time. */
  readonly timestamp: Date;
  /** The nominal time of the run before; undefined for the first. */
  readonly lastTimestamp: Date | undefined;
  readonly timezone: string;
  readonly scheduleId: string;
  /** The next five times. */
  readonly upcoming: readonly Date[];
}

/** A schedule as a text that is the same for the same schedule. */
export function scheduleText({ id, task, cron, timezone, due, last, revision, form }: Schedule): string {
  return JSON.stringify({ id, task, cron, timezone, due, last, revision, form });
}
