/**
 * What is kept of the schedules of a project: for each, its form and its next time. The code says of some what they are;
 * the others were made by a call. Both are rows of one kind, and move on alike.
 *
 * A schedule is a state machine of one row: `due` moves on from one nominal time to the next, and each move is
 * conditional. The run of a time is started before the move, under an id made from the schedule and that time: whoever
 * dies in between is followed by somebody who finds the run, and moves on.
 *
 * Owns:      the form of that row, and the port to it, which stands beside `Store`.
 * Never:     knows what a cron pattern means.
 */

/** What is said of a schedule that was made by a call. */
export interface Made {
  /** A second call with it changes this schedule. Its id is made from it. */
  readonly deduplicationKey: string;
  /** The caller's own name for it; its runs are told. */
  readonly externalId?: string;
  /** It starts nothing until somebody activates it. */
  readonly isInactive?: true;
  /** When it was deleted: it is gone, and its row stays for a day, so that nobody who holds an older one brings it back. */
  readonly goneAt?: number;
}

/** How long the row of a deleted schedule stays. */
export const goneForMs = 86_400_000;

/** A schedule as it is kept. Times are Unix milliseconds, and nominal: those that the pattern names. */
export interface Schedule {
  /** `sched_` and a hash: of the task's id, or of the deduplication key. */
  readonly id: string;
  readonly task: string;
  /** The pattern, as the author wrote it. */
  readonly cron: string;
  /** The name of a time zone, such as `Europe/Berlin`. */
  readonly timezone: string;
  /** The next time that has no run yet; absent where there is none: not in the code any more, inactive, deleted. */
  readonly due?: number;
  /** The last time that was given a run. */
  readonly last?: number;
  /** 1, 2, 3 …: raised by each write, of which it is the condition. */
  readonly revision: number;
  /** The revision with which this pattern came into force: times of different forms have different runs. */
  readonly form: number;
  /** Absent: the code says it. */
  readonly made?: Made;
}

/** Where schedules are kept. Memory, SQLite and DynamoDB answer alike: `test/contract/schedules.ts` says how. */
export interface Schedules {
  /** All that the code ever said, in order of their ids. */
  declared(): Promise<readonly Schedule[]>;
  /** All but the deleted, in order of their ids. */
  all(): Promise<readonly Schedule[]>;
  /** One, deleted ones for a day included. */
  read(id: string): Promise<Schedule | undefined>;
  /**
   * Those made by a call whose `due` is not later than `until`, in parts, each of them earliest first. What is put
   * meanwhile may be among them or not; none is given twice.
   */
  due(until: number): AsyncIterable<readonly Schedule[]>;
  /**
   * Puts a schedule in place of the one with the revision before it; the first has revision 1.
   * True also when it is there already, as it is after a write whose answer was lost. False: somebody else was faster.
   */
  put(schedule: Schedule): Promise<boolean>;
}

/** A store of schedules on one machine, whose timer sleeps until the next time. */
export interface LocalSchedulesStore extends Schedules {
  /** The earliest `due` of those made by a call. */
  nextDue(): Promise<number | undefined>;
}

/** The payload of a scheduled run, before it is encoded. Trigger.dev's form. */
export interface SchedulePayload {
  readonly type: "DECLARATIVE" | "IMPERATIVE";
  /** The nominal time. */
  readonly timestamp: Date;
  /** The nominal time of the run before; undefined for the first. */
  readonly lastTimestamp: Date | undefined;
  readonly timezone: string;
  readonly scheduleId: string;
  /** Of one that was made by a call: the caller's own name for it. */
  readonly externalId?: string;
  /** The next ten times. */
  readonly upcoming: readonly Date[];
}

/** How many times to come a run is told of. */
export const upcomingCount = 10;

/** A schedule as a text that is the same for the same schedule. */
export function scheduleText(schedule: Schedule): string {
  const { id, task, cron, timezone, due, last, revision, form, made } = schedule;
  return JSON.stringify({
    id,
    task,
    cron,
    timezone,
    due,
    last,
    revision,
    form,
    made: made && madeFields(made),
  });
}

const madeFields = ({ deduplicationKey, externalId, isInactive, goneAt }: Made) => ({
  deduplicationKey,
  externalId,
  isInactive,
  goneAt,
});

/** What is said of it, as text. */
export const madeText = (made: Made): string => JSON.stringify(madeFields(made));
