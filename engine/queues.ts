/**
 * What people change of queues beside the code, and what there is to see of them.
 *
 * Owns:      which limit counts.
 * Invariant: what the code says and what people say is kept apart: a deployment undoes no pause and no override.
 */

/** How many runs of a queue may be started. */
export interface RateLimit {
  /** Starts … */
  readonly limit: number;
  /** … within any time as long as this. */
  readonly periodMs: number;
  /** Each concurrency key has the rate for itself. */
  readonly perKey: boolean;
}

/** What code says of a queue. A number: of each concurrency key. */
export type QueueLimits =
  | number
  | undefined
  | {
      /** Runs that may be held at once, of each concurrency key; undefined: any number. */
      readonly perKey?: number | undefined;
      /** Runs that may be held at once, over all keys; undefined: any number. */
      readonly total?: number | undefined;
      readonly rate?: RateLimit | undefined;
    };

/** What is said of a queue. */
export interface QueueSettings {
  /** The code's limit of each key; undefined: any number. */
  readonly base: number | undefined;
  /** The code's limit over all keys. */
  readonly total?: number;
  readonly rate?: RateLimit;
  /** Somebody's, in its place. */
  readonly override?: number | undefined;
  readonly overriddenAt?: number | undefined;
  /** Nothing of it is begun or gone on with. */
  readonly isPaused: boolean;
}

/** A queue, looked at. */
export interface QueueState extends QueueSettings {
  readonly name: string;
  /** Runs that are worked on, where the queue has any limit: those of other queues are not counted. */
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

/** Is anything of the queue counted? */
export const isCounted = (settings: QueueSettings): boolean =>
  limitIn(settings) !== undefined || settings.total !== undefined || settings.rate !== undefined;

/** Do the runs of all its keys share something? Then one key's slot may be another one's to take. */
export const isShared = ({ total, rate }: QueueSettings): boolean =>
  total !== undefined || (rate !== undefined && !rate.perKey);

/** The settings with what code says. */
export function withLimits(before: QueueSettings, limits: QueueLimits): QueueSettings {
  const { total: _, rate: __, ...rest } = before;
  const { perKey, total, rate } = typeof limits === "object" ? limits : { perKey: limits };
  return {
    ...rest,
    base: perKey,
    ...(total === undefined ? {} : { total }),
    ...(rate === undefined ? {} : { rate }),
  };
}

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
