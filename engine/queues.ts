/**
 * What people change of queues beside the code, and what there is to see of them.
 *
 * Owns:      which limit counts.
 * Invariant: what the code says and what people say is kept apart: a deployment undoes no pause and no override.
 */
import { HoldfastError } from "./errors.ts";

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
  /** Somebody's limit over all keys, in place of the code's. */
  readonly totalOverride?: number | undefined;
  readonly totalOverriddenAt?: number | undefined;
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
  /** A limit over all keys in place of the code's; null: the code's again. */
  readonly totalOverride?: number | null;
}

/** Somebody's limit of one concurrency key, in place of what counts for each key, for a time. */
export interface KeyOverride {
  /** Runs of the key that may be held at once; 0: none. */
  readonly limit: number;
  /** From when on it does not count any more; Unix milliseconds. */
  readonly expiresAt: number;
}

/** One concurrency key of a queue, looked at. */
export interface KeyState {
  /** What is said of the queue, for each key. */
  readonly settings: QueueSettings;
  /** The key's own, while it lasts. */
  readonly override: KeyOverride | undefined;
  /** Runs of the key that are worked on. */
  readonly running: number;
}

/** Queues, for people. Stands beside `Store`: memory, SQLite and DynamoDB answer alike (`test/contract/queues.ts`). */
export interface QueueDesk {
  /** Changes a queue. Gives the runs that were called or woken by it: ring for them. Undefined: there is no such queue. */
  adjust(name: string, change: QueueChange, now: number): Promise<readonly string[] | undefined>;
  /** A queue that some code has told of; undefined: none has. */
  queue(name: string): Promise<QueueState | undefined>;
  /** Their names, in order. */
  queues(): Promise<readonly string[]>;
  /**
   * Gives one concurrency key of a queue a limit of its own, or takes it back (undefined). Gives the runs that were called or
   * woken by it: ring for them. Undefined: there is no such queue.
   * @throws HoldfastError HF542 when too many other keys of the queue have one
   */
  overrideKey(
    name: string,
    key: string,
    override: KeyOverride | undefined,
    now: number,
  ): Promise<readonly string[] | undefined>;
  /** One concurrency key of a queue; undefined: there is no such queue. */
  queueKey(name: string, key: string, now: number): Promise<KeyState | undefined>;
}

/** Keys of one queue that may have a limit of their own at once: in DynamoDB they stand in one item, which each claim reads. */
export const mostKeyOverrides = 1_000;

/** Is there room for one more key with a limit of its own? @throws HoldfastError HF542 */
export function checkKeyOverrides(queue: string, others: number): void {
  if (others < mostKeyOverrides) return;
  throw new HoldfastError(
    "HF542",
    `${others} concurrency keys of ${JSON.stringify(queue)} have a limit of their own.`,
    "Reset those that are not needed any more, give them a shorter ttl, or raise the limit of each key.",
  );
}

/** Does the override still count? */
export const isInForce = (override: KeyOverride | undefined, now: number): override is KeyOverride =>
  override !== undefined && override.expiresAt > now;

/** What is said of a queue, as it counts for a key with this override. */
export const settingsWith = (
  settings: QueueSettings,
  override: KeyOverride | undefined,
  now: number,
): QueueSettings => (isInForce(override, now) ? { ...settings, override: override.limit } : settings);

/** A queue that nobody has said anything of. */
export const plainQueue: QueueSettings = { base: undefined, isPaused: false };

/** How many runs may be held at once; undefined: any number. */
export const limitIn = ({ base, override, isPaused }: QueueSettings): number | undefined =>
  isPaused ? 0 : (override ?? base);

/** How many runs of all its keys may be held at once; undefined: any number. */
export const totalIn = ({ total, totalOverride }: QueueSettings): number | undefined =>
  totalOverride ?? total;

/** Is anything of the queue counted? */
export const isCounted = (settings: QueueSettings): boolean =>
  limitIn(settings) !== undefined || totalIn(settings) !== undefined || settings.rate !== undefined;

/** Do the runs of all its keys share something? Then one key's slot may be another one's to take. */
export const isShared = (settings: QueueSettings): boolean =>
  totalIn(settings) !== undefined || settings.rate?.perKey === false;

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
export function adjusted(before: QueueSettings, change: QueueChange, now: number): QueueSettings {
  const { override, overriddenAt, totalOverride, totalOverriddenAt, ...rest } = before;
  const perKey = overrideAfter({ limit: override, at: overriddenAt }, change.override, now);
  const total = overrideAfter({ limit: totalOverride, at: totalOverriddenAt }, change.totalOverride, now);
  return {
    ...rest,
    ...(perKey === undefined ? {} : { override: perKey.limit, overriddenAt: perKey.at }),
    ...(total === undefined ? {} : { totalOverride: total.limit, totalOverriddenAt: total.at }),
    isPaused: change.isPaused ?? before.isPaused,
  };
}

interface Override {
  readonly limit: number | undefined;
  readonly at: number | undefined;
}

function overrideAfter(
  before: Override,
  change: number | null | undefined,
  now: number,
): Override | undefined {
  const after = change === undefined ? before : { limit: change ?? undefined, at: now };
  return after.limit === undefined ? undefined : after;
}
