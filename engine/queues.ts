/**
 * What people change of queues beside the code, and what there is to see of them.
 *
 * Owns:      which limit counts.
 * Invariant: what the code says and what people say is kept apart: a deployment undoes no pause and no override.
 */

/** What is said of a queue. */
export interface QueueSettings {
  /** The code's limit; undefined: any number. */
  readonly base: number | undefined;
  /** Somebody's, in its place. */
  readonly override?: number | undefined;
  readonly overriddenAt?: number | undefined;
  /** Nothing of it is begun or gone on with. */
  readonly isPaused: boolean;
}

/** A queue, looked at. */
export interface QueueState extends QueueSettings {
  readonly name: string;
  /** Runs that are worked on, where the queue has a limit: those of other queues are not counted. */
  readonly running: number | undefined;
  /** Runs that wait for a slot. */
  readonly queued: number | undefined;
}

/** A change; what is not given stays. */
export interface QueueChange {
  readonly isPaused?: boolean;
  /** A limit in place of the code's; null: the code's again. */
  readonly override?: number | null;
}

/** Queues, for people. Stands beside `Store`: memory, SQLite and DynamoDB answer alike (`test/contract/queues.ts`). */
export interface QueueDesk {
  /** Changes a queue. Gives the runs that were called or woken by it: ring for them. Undefined: there is no such queue. */
  adjust(name: string, change: QueueChange, now: number): Promise<readonly string[] | undefined>;
  /** A queue that some code has told of; undefined: none has. */
  queue(name: string): Promise<QueueState | undefined>;
  /** Their names, in order. */
  queues(): Promise<readonly string[]>;
}

/** A queue that nobody has said anything of. */
export const plainQueue: QueueSettings = { base: undefined, isPaused: false };

/** How many runs may be held at once; undefined: any number. */
export const limitIn = ({ base, override, isPaused }: QueueSettings): number | undefined =>
  isPaused ? 0 : (override ?? base);

/** The settings after a change. */
export function adjusted(
  before: QueueSettings,
  { isPaused, override }: QueueChange,
  now: number,
): QueueSettings {
  const { override: _, overriddenAt: __, ...rest } = before;
  const after = { ...before, isPaused: isPaused ?? before.isPaused };
  if (override === undefined) return after;
  return override === null
    ? { ...rest, isPaused: after.isPaused }
    : { ...after, override, overriddenAt: now };
}
