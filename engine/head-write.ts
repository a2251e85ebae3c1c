/**
 * The writes that change a run's head, each made from an event of the state machine in `run.ts`.
 *
 * Owns:      `HeadWrite`, what it means, and the one way to build each.
 * Never:     reads a clock or a store; every time is an argument.
 * Invariant: a store applies a write as a whole, when every part of its `when` holds.
 */
import {
  type Run,
  type RunError,
  type RunEvent,
  type RunStatus,
  type Stored,
  statusAfter,
  statusesBefore,
  type Verdict,
  type WaitingFor,
} from "./run.ts";

/** Queues of tasks, by their ids: its own, and behind it limits that it shares; one named twice holds beside any queue. */
export type Queues = Readonly<Record<string, string | readonly [string, ...string[]]>>;

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
    /** A run that is delayed is due by this time. */
    readonly dueBy?: number;
    /** Its tags were changed so often. */
    readonly tagEdits?: number;
  };
  /** Fields to set; a field given as undefined is removed. `status` follows from the event. */
  readonly set: Partial<Run>;
  /** Fields to set only where they are not set yet. */
  readonly setOnce?: Partial<Run>;
  /** Raise the epoch by one. */
  readonly raiseEpoch?: true;
  /** For a claim: the queues of tasks, by id. A run that was not put into a queue itself goes into its task's. */
  readonly queues?: Queues;
}

/** Conditions that are a field's very value. */
const equals = ["epoch", "news", "owner", "tagEdits"] as const;

/** Does `write` apply to this head? Memory and SQLite ask this; DynamoDB says the same as an expression. */
export function applies(run: Run, write: HeadWrite): boolean {
  const { when } = write;
  if (!when.status.includes(run.status)) return false;
  const { epoch, news, owner, tagEdits = 0 } = run;
  const known = { epoch, news, owner, tagEdits };
  if (equals.some((field) => when[field] !== undefined && known[field] !== when[field])) return false;
  if (when.dueBy !== undefined && run.status === "DELAYED" && !((run.wakeAt ?? Infinity) <= when.dueBy))
    return false;
  if (when.leaseFreeAt === undefined || run.owner === undefined) return true;
  return run.leaseUntil !== undefined && run.leaseUntil <= when.leaseFreeAt;
}

/** The head after `write`; without a prototype, as V8 makes it seven times as fast. Call it only when `applies` says so. */
export function changed(run: Run, write: HeadWrite): Run {
  const status = statusAfter(run.status, write.event) ?? run.status;
  const epoch = run.epoch + (write.raiseEpoch ? 1 : 0);
  return { __proto__: null, ...write.setOnce, ...run, ...write.set, status, epoch } as Run;
}

const outOfLine = { turn: undefined, gate: undefined } as const;

/** What others see of a run while it goes on. */
export type Shown = Pick<Run, "changedMetadata" | "streams">;

/** A pass's right to work on a run. */
export interface Lease {
  readonly runId: string;
  readonly owner: string;
  readonly epoch: number;
}

/**
 * Takes the lease. `leaseUntil` is absent where a lease is its process's life. The first claim pins the run to the version
 * of the project's secrets that is current then.
 */
export function claim(
  owner: string,
  now: number,
  leaseUntil?: number,
  queues: Queues = {},
  secretVersion?: string,
): HeadWrite {
  return {
    event: "claimed",
    // Whoever rang may not know that the start was put off since.
    when: { status: statusesBefore("claimed"), leaseFreeAt: now, dueBy: now },
    set: { owner, leaseUntil, updatedAt: now, waitingFor: undefined, ...outOfLine },
    // Where a lease ends by the clock, the timer finds a dead pass by it: one that was parked has none.
    setOnce: { startedAt: now, wakeAt: now, ...(secretVersion === undefined ? {} : { secretVersion }) },
    raiseEpoch: true,
    queues,
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
/** Work is left, and nothing to wait for: in a queue with a limit the run keeps its slot for the next pass. */
const keepsSlot = { turn: "called" } as const;

/** Keeps the lease for another while. */
export function renew(lease: Lease, now: number, leaseUntil: number, set: Shown = {}): HeadWrite {
  return held("renewed", lease, now, { ...set, leaseUntil });
}

/** Shows what others see of a run that goes on, as it is now. */
export function show(lease: Lease, now: number, set: Shown): HeadWrite {
  return held("renewed", lease, now, set);
}

/** Puts the run on another version of the project's secrets. `replaced`: the one that it could not be worked on with. */
export function repin(
  lease: Lease,
  now: number,
  secretVersion: string | undefined,
  replaced: Run["secretReplaced"] | undefined,
): HeadWrite {
  return held("renewed", lease, now, {
    secretVersion,
    ...(replaced === undefined ? {} : { secretReplaced: replaced }),
  });
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
  } & Shown &
    Pick<Run, "machine">,
): HeadWrite {
  return held("suspended", lease, now, { ...set, ...givenBack }, news);
}

/** Gives the lease back with work left: the next pass is rung at once. */
export function yieldPass(
  lease: Lease,
  now: number,
  set: { activeMs: number; attempts: number; lastNumber: number } & Shown &
    Pick<Run, "machine"> &
    Partial<Pick<Run, "deaths" | "wakeAt" | "awaitedSince">>,
): HeadWrite {
  return held("yielded", lease, now, { wakeAt: now, ...set, ...givenBack, ...keepsSlot });
}

/** Ends the run. `wakeAt` stays set while a parent has still to be told (`announce`). */
export function finish(
  lease: Lease,
  event: "completed" | "failed" | "canceled" | "timedOut" | "crashed" | "expired",
  now: number,
  set: Pick<Run, "activeMs" | "attempts" | "lastNumber"> &
    Partial<
      Pick<
        Run,
        "output" | "lastRecord" | "error" | "lastGood" | "failedBy" | "canceledBy" | "changedMetadata"
      >
    >,
  tellParent: boolean,
): HeadWrite {
  return held(event, lease, now, {
    ...set,
    finishedAt: now,
    wakeAt: tellParent ? now : undefined,
    ...givenBack,
  });
}

/** All have been told: nothing is left to do. Refused when something was put into the inbox since `news`. */
export function announce(now: number, news?: number): HeadWrite {
  return {
    event: "announced",
    when: { status: statusesBefore("announced"), ...(news === undefined ? {} : { news }) },
    set: { wakeAt: undefined, updatedAt: now },
  };
}

/** Nothing was done for the run: it is waited for as before. */
const stillAwaited = (
  { awaitedSince, wakeAt }: Run,
  dueAt: number,
): Pick<Run, "awaitedSince" | "wakeAt"> => ({
  awaitedSince: awaitedSince ?? wakeAt,
  wakeAt: dueAt,
});

/** Gives back a run that `owner` could do nothing for: as it is, due at `dueAt`. */
export function putBack(run: Run, owner: string, now: number, dueAt = now): HeadWrite {
  const { id: runId, epoch, activeMs, attempts, lastNumber } = run;
  const set = { activeMs, attempts, lastNumber, ...stillAwaited(run, dueAt) };
  return yieldPass({ runId, owner, epoch }, now, set);
}

/** Frees the lease of a process that is dead, and counts the death. */
export function release(run: Run, now: number): HeadWrite {
  const deaths = run.deathsAt === run.lastNumber ? run.deaths + 1 : 1;
  return {
    event: "released",
    when: { status: statusesBefore("released"), epoch: run.epoch, owner: run.owner },
    set: {
      ...givenBack,
      ...keepsSlot,
      ...stillAwaited(run, now),
      deaths,
      deathsAt: run.lastNumber,
      updatedAt: now,
    },
  };
}

/** Ends a queued run that was canceled, expired or crashed before or between passes. */
export function endUnclaimed(
  event: "canceled" | "expired" | "crashed",
  now: number,
  error: RunError | undefined,
  tellParent: boolean,
  news?: number,
): HeadWrite {
  return {
    event,
    when: { status: statusesBefore(event), leaseFreeAt: now, ...(news === undefined ? {} : { news }) },
    set: {
      finishedAt: now,
      updatedAt: now,
      error,
      wakeAt: tellParent ? now : undefined,
      ...outOfLine,
      ...givenBack,
    },
  };
}

/** Decides how a run ends that nobody holds, and leaves it to a pass: to the next one, whatever its queue says. */
export function judge(run: Run, now: number, verdict: Verdict): HeadWrite {
  return {
    event: "judged",
    when: { status: statusesBefore("judged"), leaseFreeAt: now, epoch: run.epoch },
    set: {
      ...givenBack,
      verdict,
      ...outOfLine,
      wakeAt: now,
      deaths: 0,
      deathsAt: run.lastNumber,
      updatedAt: now,
    },
  };
}

/** Completes a token, unless somebody has begun to wait for it since `news`. */
export function settleToken(now: number, news: number, output: Stored, tells: boolean): HeadWrite {
  return {
    event: "settled",
    when: { status: statusesBefore("settled"), news },
    set: { output, finishedAt: now, updatedAt: now, wakeAt: tells ? now : undefined },
  };
}
