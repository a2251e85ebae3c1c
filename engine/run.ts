/**
 * The life of a run: its fields, its states, its events, and which event may happen in which state.
 *
 * Owns:      `Run` (the head of a run), the transition table, and the head writes made from it.
 * Never:     reads a clock, a store or the environment; every time is an argument.
 * Invariant: a stored head changes only by a `HeadWrite` built here; a store guards it with `when`.
 */

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
  | "resumed"
  | "released"
  | "announced";

type Transitions = Record<RunStatus, Partial<Record<RunEvent, RunStatus>>>;

/**
 * The state machine. A row is a status, a column an event, a cell the status after it; an empty cell means
 * that the event is refused in that status. `DEQUEUED` and `PENDING_VERSION` are kept for the API's sake:
 * a claim goes straight to `EXECUTING`.
 */
export const transitions = {
  PENDING_VERSION: { woken: "QUEUED", canceled: "CANCELED", expired: "EXPIRED" },
  DELAYED: { claimed: "EXECUTING", woken: "QUEUED", canceled: "CANCELED", expired: "EXPIRED" },
  QUEUED: { claimed: "EXECUTING", canceled: "CANCELED", expired: "EXPIRED", crashed: "CRASHED" },
  DEQUEUED: { claimed: "EXECUTING", canceled: "CANCELED" },
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
  },
  WAITING: { claimed: "EXECUTING", woken: "WAITING" },
  COMPLETED: { announced: "COMPLETED" },
  CANCELED: { announced: "CANCELED", resumed: "QUEUED" },
  FAILED: { announced: "FAILED", resumed: "QUEUED" },
  CRASHED: { announced: "CRASHED", resumed: "QUEUED" },
  SYSTEM_FAILURE: { announced: "SYSTEM_FAILURE", resumed: "QUEUED" },
  EXPIRED: { announced: "EXPIRED" },
  TIMED_OUT: { announced: "TIMED_OUT", resumed: "QUEUED" },
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
}

/** What a suspended run waits for, as shown to people. */
export interface WaitingFor {
  readonly kind: "timer" | "child" | "token" | "retry";
  readonly count: number;
}

/** The version of the head, journal and key format that this engine writes. */
export const formatVersion = 1;

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
  readonly error?: RunError;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly delayedUntil?: number;
  /** Milliseconds after `createdAt` (or `delayedUntil`) at which an unstarted run expires. */
  readonly ttlMs?: number;
  /** The code the run is pinned to; `resume` may change it. */
  readonly codeVersion: string;
  readonly secretVersion?: string;
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
  readonly waitingFor?: WaitingFor;
  /** Attempts that failed so far. */
  readonly attempts: number;
  readonly maxAttempts?: number;
  readonly maxDurationMs?: number;
  /** Time in which passes worked on the run; waits do not count. */
  readonly activeMs: number;
  /** Passes that died in a row, and the highest record number when the last one did. */
  readonly deaths: number;
  readonly deathsAt: number;
  readonly lastNumber: number;
  readonly idempotencyKey?: string;
  readonly tags: readonly string[];
  readonly metadata?: Stored;
  readonly queue?: string;
  readonly concurrencyKey?: string;
  readonly priority: number;
  readonly parent?: { readonly runId: string; readonly key: string };
  readonly root?: string;
  readonly depth: number;
  readonly replayOf?: string;
  readonly forkOf?: { readonly runId: string; readonly number: number };
  readonly isTest: boolean;
  /** How often it was put back to work, and the code it was on before. */
  readonly resumes: number;
  readonly resumedFrom?: string;
  /** The records that ended it: made again when it is resumed. */
  readonly failedBy?: readonly { readonly key: string; readonly gen: number }[];
  /** How it came about. */
  readonly source: "api" | "webhook" | "parent" | "schedule";
  /** Name and source of the last checkpoint that succeeded before the run failed. */
  readonly lastGood?: { readonly number: number; readonly name: string; readonly at: string };
}

/** A conditional change of a head: applied as a whole when every part of `when` holds, else not at all. */
export interface HeadWrite {
  readonly event: RunEvent;
  readonly when: {
    /** The head's status is one of these. */
    readonly status: readonly RunStatus[];
    /** The head's epoch is this one. */
    readonly epoch?: number;
    /** Nothing was put into the inbox since. */
    readonly news?: number;
    /** Nobody holds the lease at this time: no owner, or `leaseUntil` is not later than this. */
    readonly leaseFreeAt?: number;
    /** The lease is held by this owner. */
    readonly owner?: string;
  };
  /** Fields to set; a field given as undefined is removed. `status` follows from the event. */
  readonly set: Partial<Run>;
  /** Fields to set only where they are not set yet. */
  readonly setOnce?: Partial<Run>;
  /** Raise the epoch by one. */
  readonly raiseEpoch?: true;
}

/** Does `write` apply to this head? Memory and SQLite ask this; DynamoDB says the same as an expression. */
export function applies(run: Run, write: HeadWrite): boolean {
  const { when } = write;
  if (!when.status.includes(run.status)) return false;
  if (when.epoch !== undefined && run.epoch !== when.epoch) return false;
  if (when.news !== undefined && run.news !== when.news) return false;
  if (when.owner !== undefined && run.owner !== when.owner) return false;
  if (when.leaseFreeAt === undefined || run.owner === undefined) return true;
  return run.leaseUntil !== undefined && run.leaseUntil <= when.leaseFreeAt;
}

/** The head after `write`. Call it only when `applies` says so. */
export function changed(run: Run, write: HeadWrite): Run {
  const status = statusAfter(run.status, write.event) ?? run.status;
  return { ...write.setOnce, ...run, ...write.set, status, epoch: run.epoch + (write.raiseEpoch ? 1 : 0) };
}

/** A pass's right to work on a run. */
export interface Lease {
  readonly runId: string;
  readonly owner: string;
  readonly epoch: number;
}

/** Takes the lease. `leaseUntil` is absent where a lease is its process's life. */
export function claim(owner: string, now: number, leaseUntil?: number): HeadWrite {
  return {
    event: "claimed",
    when: { status: statusesBefore("claimed"), leaseFreeAt: now },
    set: { owner, leaseUntil, updatedAt: now, waitingFor: undefined },
    setOnce: { startedAt: now },
    raiseEpoch: true,
  };
}

function held(event: RunEvent, lease: Lease, now: number, set: Partial<Run>, news?: number): HeadWrite {
  return {
    event,
    when: {
      status: statusesBefore(event),
      epoch: lease.epoch,
      owner: lease.owner,
      ...(news === undefined ? {} : { news }),
    },
    set: { ...set, updatedAt: now },
  };
}

const givenBack = { owner: undefined, leaseUntil: undefined } as const;

/** Keeps the lease for another while. */
export function renew(lease: Lease, now: number, leaseUntil: number): HeadWrite {
  return held("renewed", lease, now, { leaseUntil });
}

/** Gives the lease back until `wakeAt`; refused when the inbox has news. */
export function suspend(
  lease: Lease,
  now: number,
  news: number,
  set: {
    wakeAt: number | undefined;
    waitingFor: WaitingFor;
    activeMs: number;
    attempts: number;
    lastNumber: number;
  },
): HeadWrite {
  return held("suspended", lease, now, { ...set, ...givenBack }, news);
}

/** Gives the lease back with work left: the next pass is rung at once. */
export function yieldPass(
  lease: Lease,
  now: number,
  set: { activeMs: number; attempts: number; lastNumber: number },
): HeadWrite {
  return held("yielded", lease, now, { ...set, wakeAt: now, ...givenBack });
}

/** Ends the run. `wakeAt` stays set while a parent has still to be told (`announce`). */
export function finish(
  lease: Lease,
  event: "completed" | "failed" | "canceled" | "timedOut" | "crashed" | "expired",
  now: number,
  set: Pick<Run, "activeMs" | "attempts" | "lastNumber"> &
    Partial<Pick<Run, "output" | "error" | "lastGood" | "failedBy">>,
  tellParent: boolean,
): HeadWrite {
  return held(event, lease, now, {
    ...set,
    finishedAt: now,
    wakeAt: tellParent ? now : undefined,
    ...givenBack,
  });
}

/** The parent has been told: nothing is left to do. */
export function announce(now: number): HeadWrite {
  return {
    event: "announced",
    when: { status: statusesBefore("announced") },
    set: { wakeAt: undefined, updatedAt: now },
  };
}

/** Frees the lease of a process that is dead, and counts the death. */
export function release(run: Run, now: number): HeadWrite {
  const deaths = run.deathsAt === run.lastNumber ? run.deaths + 1 : 1;
  return {
    event: "released",
    when: { status: statusesBefore("released"), epoch: run.epoch, owner: run.owner },
    set: { ...givenBack, wakeAt: now, deaths, deathsAt: run.lastNumber, updatedAt: now },
  };
}

/** Ends a queued run that was canceled, expired or crashed before or between passes. */
export function endUnclaimed(
  event: "canceled" | "expired" | "crashed",
  now: number,
  error: RunError | undefined,
  tellParent: boolean,
): HeadWrite {
  return {
    event,
    when: { status: statusesBefore(event), leaseFreeAt: now },
    set: { finishedAt: now, updatedAt: now, error, wakeAt: tellParent ? now : undefined, ...givenBack },
  };
}

/** Puts a finished run back to work, on `codeVersion`. */
export function resume(run: Run, now: number, codeVersion: string): HeadWrite {
  return {
    event: "resumed",
    when: { status: statusesBefore("resumed"), epoch: run.epoch },
    set: {
      codeVersion,
      resumes: run.resumes + 1,
      resumedFrom: run.codeVersion,
      wakeAt: now,
      updatedAt: now,
      finishedAt: undefined,
      error: undefined,
      attempts: 0,
      deaths: 0,
      deathsAt: 0,
    },
  };
}
