/**
 * The life of a run: its fields, its states, its events, and which event may happen in which state.
 *
 * Owns:      `Run` (the head of a run), the transition table, and the head writes made from it.
 * Never:     reads a clock, a store or the environment; every time is an argument.
 * Invariant: a stored head changes only by a `HeadWrite` built here; a store guards it with `when`.
 */

import type { MachineName } from "./machines.ts";

/** Statuses shown to people: Trigger.dev's API names, one set everywhere. */
export type RunStatus =
  | "PENDING_VERSION"
  | "DELAYED"
  | "QUEUED"
  | "DEQUEUED"
  | "EXECUTING"
  | "WAITING"
  | "COMPLETED"
  | "CANCELED"
  | "FAILED"
  | "CRASHED"
  | "SYSTEM_FAILURE"
  | "EXPIRED"
  | "TIMED_OUT";

/** What may happen to a run. */
export type RunEvent =
  | "claimed"
  | "renewed"
  | "suspended"
  | "yielded"
  | "woken"
  | "completed"
  | "failed"
  | "canceled"
  | "timedOut"
  | "crashed"
  | "expired"
  | "judged"
  | "settled"
  | "rescheduled"
  | "tagged"
  | "resumed"
  | "moved"
  | "released"
  | "announced"
  | "erased";

/** The ways to end that a task's hooks are told of. */
export type EndEvent = Extract<
  RunEvent,
  "completed" | "failed" | "canceled" | "timedOut" | "expired" | "crashed"
>;

/** How a run ends that no pass holds, where its task has something to say to that: the next pass calls its hooks, and ends it so. */
export interface Verdict {
  readonly event: Extract<EndEvent, "canceled" | "expired" | "crashed">;
  readonly error?: RunError;
}

type Transitions = Record<RunStatus, Partial<Record<RunEvent, RunStatus>>>;

/**
 * The state machine. A row is a status, a column an event, a cell the status after it; an empty cell means
 * that the event is refused in that status. `DEQUEUED` and `PENDING_VERSION` are kept for the API's sake:
 * a claim goes straight to `EXECUTING`. `judged`: how it ends is decided, its hooks come first (`verdict.ts`). `moved`: it goes on
 * with other code, on which it has done the same (`local/moving-runs.ts`). `erased`: from here on nobody resumes the run, and it goes (`erasure.ts`).
 */
export const transitions = {
  PENDING_VERSION: { tagged: "PENDING_VERSION", woken: "QUEUED", canceled: "CANCELED", expired: "EXPIRED" },
  DELAYED: {
    claimed: "EXECUTING",
    woken: "QUEUED",
    canceled: "CANCELED",
    expired: "EXPIRED",
    judged: "QUEUED",
    settled: "COMPLETED",
    rescheduled: "DELAYED",
    tagged: "DELAYED",
  },
  QUEUED: {
    claimed: "EXECUTING",
    canceled: "CANCELED",
    expired: "EXPIRED",
    crashed: "CRASHED",
    judged: "QUEUED",
    tagged: "QUEUED",
  },
  DEQUEUED: { claimed: "EXECUTING", canceled: "CANCELED", tagged: "DEQUEUED" },
  EXECUTING: {
    claimed: "EXECUTING",
    renewed: "EXECUTING",
    suspended: "WAITING",
    yielded: "QUEUED",
    released: "QUEUED",
    completed: "COMPLETED",
    failed: "FAILED",
    canceled: "CANCELED",
    timedOut: "TIMED_OUT",
    crashed: "CRASHED",
    expired: "EXPIRED",
    tagged: "EXECUTING",
  },
  WAITING: { claimed: "EXECUTING", woken: "WAITING", tagged: "WAITING", moved: "WAITING" },
  COMPLETED: { announced: "COMPLETED", tagged: "COMPLETED" },
  CANCELED: { announced: "CANCELED", tagged: "CANCELED", resumed: "QUEUED", erased: "EXPIRED" },
  FAILED: { announced: "FAILED", tagged: "FAILED", resumed: "QUEUED", erased: "EXPIRED" },
  CRASHED: { announced: "CRASHED", tagged: "CRASHED", resumed: "QUEUED", erased: "EXPIRED" },
  SYSTEM_FAILURE: {
    announced: "SYSTEM_FAILURE",
    tagged: "SYSTEM_FAILURE",
    resumed: "QUEUED",
    erased: "EXPIRED",
  },
  EXPIRED: { announced: "EXPIRED", tagged: "EXPIRED" },
  TIMED_OUT: { announced: "TIMED_OUT", tagged: "TIMED_OUT", resumed: "QUEUED", erased: "EXPIRED" },
} as const satisfies Transitions;

export const allStatuses = Object.keys(transitions) as RunStatus[];

/** The statuses in which `event` may happen: a store's write condition is exactly this list. */
export function statusesBefore(event: RunEvent): RunStatus[] {
  return allStatuses.filter((status) => (transitions as Transitions)[status][event] !== undefined);
}

/** The status after `event` in `status`, or undefined where the event is refused. */
export function statusAfter(status: RunStatus, event: RunEvent): RunStatus | undefined {
  return (transitions as Transitions)[status][event];
}

/** True for a status in which nothing more happens by itself. */
export function isFinished(status: RunStatus): boolean {
  return !("claimed" in transitions[status]) && status !== "PENDING_VERSION";
}

/** True for a finished run that left a dead letter: listed by `dlq`, resumable. */
export function isDeadLetter(status: RunStatus): boolean {
  return status === "FAILED" || status === "CRASHED" || status === "TIMED_OUT" || status === "SYSTEM_FAILURE";
}

/** A codec text kept beside its owner, or a reference into the spill (32 KB and more). */
export type Stored = { readonly inline: string } | { readonly ref: string; readonly bytes: number };

/** An error as it is shown and stored. */
export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  /** The errors behind it, the nearest first: `Error: connect ECONNREFUSED 127.0.0.1:443`. */
  readonly cause?: string;
}

/** Which checkpoints a resumed run makes again, and which it uses although the new code gives them other inputs. */
export interface Decided {
  readonly redo: readonly string[];
  readonly keep: readonly string[];
}

/** What a suspended run waits for, as shown to people. */
export interface WaitingFor {
  readonly kind: "timer" | "child" | "token" | "message" | "retry";
  readonly count: number;
  /** Children of a batch do not wake the run before its `news` is this high: then all of a batch may have ended. */
  readonly untilNews?: number;
}

/** The version of the head, journal and key format that this engine writes. */
export const formatVersion = 1;

/** How an end is asked for: where, and with which inputs (a fingerprint). It may be told before the program has asked. */
export interface Asked {
  readonly place?: { readonly name: string; readonly at: string };
  readonly fp?: string;
}

/** The head of a run: everything about it but its journal and inbox. Times are Unix milliseconds. */
export interface Run {
  readonly id: string;
  readonly task: string;
  readonly status: RunStatus;
  readonly format: number;
  readonly payload: Stored;
  /** Hash of the payload's codec text: tells a repeated trigger with a changed payload. */
  readonly payloadHash: string;
  readonly output?: Stored;
  /** The record with the number `lastNumber`, where the end has brought it: it is in no journal (`last-record.ts`). */
  readonly lastRecord?: Stored;
  readonly error?: RunError;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly delayedUntil?: number;
  /** Milliseconds after `createdAt` (or `delayedUntil`) at which an unstarted run expires. */
  readonly ttlMs?: number;
  /** The code the run is pinned to; `resume` may change it, and `move` while it waits. */
  readonly codeVersion: string;
  /** The version of the project's secrets that its passes see; set by the first claim. */
  readonly secretVersion?: string;
  /** A version that it was on before and that was gone or revoked, and when that was noticed; or from which it was taken (`repin.ts`). */
  readonly secretReplaced?: { readonly version: string; readonly at: number };
  readonly seed: string;
  /** Raised by each claim; records of an older epoch behind a pass record are void. */
  readonly epoch: number;
  /** Who holds the lease: a process incarnation (one machine) or an invocation (AWS). */
  readonly owner?: string;
  /** When the lease ends by the clock; absent where a lease is its process's life. */
  readonly leaseUntil?: number;
  /** Raised whenever something was put into the inbox. */
  readonly news: number;
  /** When the run needs attention; absent for a finished run that has told everybody. */
  readonly wakeAt?: number;
  /** Since when it needs attention, where passes came that could do nothing, or died: each has moved `wakeAt`. */
  readonly awaitedSince?: number;
  readonly waitingFor?: WaitingFor;
  /** Attempts that failed so far. */
  readonly attempts: number;
  readonly maxAttempts?: number;
  readonly maxDurationMs?: number;
  /** As asked for by its trigger, or where it went on when it was out of memory; else the task's own holds. */
  readonly machine?: MachineName;
  /** Time in which passes worked on the run; waits do not count. */
  readonly activeMs: number;
  /** Passes that died in a row, and the highest record number when the last one did. */
  readonly deaths: number;
  readonly deathsAt: number;
  readonly lastNumber: number;
  readonly idempotencyKey?: string;
  readonly tags: readonly string[];
  /** Those that it was started with, once it has added some. */
  readonly firstTags?: readonly string[];
  /** Those that were added from outside while it waited for its start: a trigger that joins it keeps them. */
  readonly addedTags?: readonly string[];
  /** How often they were changed since; absent: never. */
  readonly tagEdits?: number;
  readonly metadata?: Stored;
  /** The metadata as the run itself has changed them; `metadata` stays what it was started with. */
  readonly changedMetadata?: Stored;
  /** The streams of which it has chunks, the first 50. */
  readonly streams?: readonly string[];
  readonly queue?: string;
  /** Limits that its trigger has named: they stand in place of those that its task shares. */
  readonly concurrency?: readonly string[];
  /** Further queues that it needs a slot of: limits that its task shares. Set with its queue by the first claim. */
  readonly limits?: readonly string[];
  /** Under several limits: how many of them it has a slot of while it waits for the next one (`gates.ts`). */
  readonly gate?: number;
  readonly concurrencyKey?: string;
  readonly priority: number;
  /** In a queue with a limit: waits for a slot, or has been called to take one, at once or by the queue's rate later. */
  readonly turn?: "parked" | "called" | "later";
  readonly parent?: { readonly runId: string; readonly key: string } & Asked;
  /** The run that started it and does not wait for it. */
  readonly startedBy?: string;
  readonly root?: string;
  readonly depth: number;
  /** How many runs wait for it, each for the next; absent: none. */
  readonly nested?: number;
  /** The batch that it was started with. */
  readonly batchId?: string;
  /** The schedule that started it. */
  readonly scheduleId?: string;
  readonly replayOf?: string;
  /** The run whose log it began with, up to that number; until there it draws by that run's seed. */
  readonly forkOf?: { readonly runId: string; readonly number: number; readonly seed: string };
  readonly isTest: boolean;
  /** How often it was put back to work, and the code it was on before. */
  readonly resumes: number;
  readonly resumedFrom?: string;
  /** What was said when it was put back to work, by the keys of checkpoints. */
  readonly decided?: Decided;
  /** Its task has hooks that are called for an end without a pass, by the code that it was put on. */
  readonly hasEndHooks?: true;
  readonly verdict?: Verdict;
  /** The bulk action that has canceled it. */
  readonly canceledBy?: string;
  /** The records that ended it: made again when it is resumed. */
  readonly failedBy?: readonly { readonly key: string; readonly gen: number }[];
  /** The key that its data are encrypted with, itself encrypted; absent: they are not. */
  readonly dataKey?: string;
  /** How it came about. */
  readonly source: "api" | "webhook" | "parent" | "schedule";
  /** Name and source of the last checkpoint that succeeded before the run failed. */
  readonly lastGood?: { readonly number: number; readonly name: string; readonly at: string };
}

/** Is the lease of this run one that has ended? */
export const isAbandoned = ({ owner, leaseUntil }: Run, now: number): boolean =>
  owner !== undefined && leaseUntil !== undefined && leaseUntil <= now;
