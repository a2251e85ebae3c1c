/**
 * All that the engine asks of the world. One page; each method is named after what happens to a run.
 *
 * Invariant: every write is conditional and may be repeated; a caller that got no answer asks again.
 */
import type { KeptCode } from "./code-choice.ts";
import type { HeadWrite, Lease } from "./head-write.ts";
import type { MachineName } from "./machines.ts";
import type { QueueLimits } from "./queues.ts";
import type { Run, RunStatus } from "./run.ts";
import type { Watch } from "./watch.ts";

/** One entry of a run's journal: the store knows its number and epoch, the engine the rest. */
export interface JournalEntry {
  /** 1, 2, 3 …; the log's order. */
  readonly number: number;
  /** The epoch of the pass that wrote it. */
  readonly epoch: number;
  /** The record as JSON text, see `record.ts`. */
  readonly data: string;
}

/** What happened to an append. `taken`: the number holds another entry, given back. */
export type Appended =
  | { readonly outcome: "appended" }
  | { readonly outcome: "taken"; readonly entry: JournalEntry }
  | { readonly outcome: "superseded" };

/** Something that others tell a run. The id makes it idempotent. */
export interface InboxItem {
  /** `child:<run id>`, `token:<id>` or `cancel`. */
  readonly id: string;
  /** JSON text, see `inbox.ts`. */
  readonly data: string;
}

/** A run that may be started at a time to come. */
export interface Later {
  readonly runId: string;
  readonly at: number;
}

/** What became of a change of a head. */
export interface Written {
  readonly applied: boolean;
  /** The head after it, or the one that refused it; undefined: there is none. */
  readonly run: Run | undefined;
  /** A claim found no slot free: the run is parked. */
  readonly isFull?: true;
  /** Runs that were called to take a free slot: ring for them. */
  readonly called?: readonly string[];
  /** Runs that were called to start at a later time, by the rate of their queue: ring for them then. */
  readonly later?: readonly Later[];
}

/** Machines that runs are looked for by. What a run was not started with is what its task asks for now. */
export interface AskedMachines {
  readonly names: readonly string[];
  /** Of those tasks that ask for one. */
  readonly ofTasks: Readonly<Record<string, MachineName>>;
}

/** Which runs to list, newest first. */
export interface RunQuery {
  readonly status?: readonly RunStatus[];
  /** Without it: of all tasks, but no tokens. */
  readonly task?: readonly string[];
  readonly tag?: readonly string[];
  /** Started with one of these batches. */
  readonly batch?: readonly string[];
  /** Started by one of these schedules. */
  readonly schedule?: readonly string[];
  /** On one of these versions of the code. */
  readonly version?: readonly string[];
  /** In one of these queues, as far as it has been put into one: the first claim puts it into its task's. */
  readonly queue?: readonly string[];
  /** With one of these idempotency keys, as they are kept. */
  readonly idempotencyKey?: readonly string[];
  /** On one of these machines. */
  readonly machine?: AskedMachines;
  /** Made by this bulk action, or canceled by it. */
  readonly bulkAction?: string;
  /** Marked as a test by who started it, or not. */
  readonly isTest?: boolean;
  /** A part of its id, its task's id, a tag, its idempotency key, or its error's name or message; case of a to z does not count. */
  readonly text?: string;
  /** Created at or after, Unix milliseconds. */
  readonly from?: number;
  /** Created at or before, Unix milliseconds. */
  readonly to?: number;
  /** Ids come after this one in the order of the list. */
  readonly after?: string;
  /** When the run `after` was created: with it the place is good though that run has been erased. */
  readonly afterAt?: number;
  /** Ids come before this one in the order of the list, those next to it; `next` is where to go on in that direction. Not beside `after`. */
  readonly before?: string;
  readonly limit: number;
}

/** A word that a run is found by, until it ends (Unix milliseconds). */
export interface RunKey {
  readonly key: string;
  readonly expiresAt: number;
}

/** The truth about runs. SQLite, memory and DynamoDB answer alike: `test/contract/store.ts` says how. */
export interface Store {
  /**
   * Puts a new head if neither its id nor a key of it is there; else gives the run that is: that of the id before that of the
   * idempotency key, and that before the one of the second key, where `isSecond` says so. All of it or nothing is put.
   * A key whose `expiresAt` has passed `run.createdAt` counts as absent.
   */
  create(
    run: Run,
    idempotency?: RunKey,
    second?: RunKey,
  ): Promise<{ readonly created: boolean; readonly run: Run; readonly isSecond?: true }>;
  /** Gives a key to a run that is there, unless another one has it. Gives the id of the run that has it then. */
  adopt(key: RunKey, now: number, runId: string): Promise<string>;
  /**
   * Ends an idempotency key now, if it is this run's or no run is named: the next run that is created with it is a new one.
   * Gives the id of the run that has it, also when the key had ended already; undefined: there is no such key.
   */
  free(key: string, now: number, runId?: string): Promise<string | undefined>;
  /** The head, or undefined. */
  read(runId: string): Promise<Run | undefined>;
  /**
   * Applies a conditional change of the head; `run` is the head after it, or the one that refused it. A claim that finds no
   * slot free in the run's queue (`slots.ts`) parks the run; a change that gives a slot back calls who waits for it.
   */
  write(runId: string, write: HeadWrite): Promise<Written>;
  /** How many runs of a queue may be held at once, and started; undefined: any number. Gives whom it called. */
  limit(queue: string, limits: QueueLimits, now: number): Promise<readonly string[]>;
  /** Puts an entry if its number is free. A store that can see the head refuses a lease that is not current. */
  append(lease: Lease, entry: JournalEntry): Promise<Appended>;
  /** Entries with a number above `after`, in order; `more` tells that there are others behind. */
  journal(
    runId: string,
    after: number,
  ): Promise<{ readonly entries: readonly JournalEntry[]; readonly more: boolean }>;
  /** Puts an inbox item if its id is new; then raises `news` and sets `wakeAt` to now. False: no such run. */
  send(runId: string, item: InboxItem, now: number): Promise<boolean>;
  /** All inbox items, in the order in which they came. */
  inbox(runId: string): Promise<readonly InboxItem[]>;
  /** Runs whose `wakeAt` is not later than `now` and that nobody holds, earliest first. */
  due(now: number, limit: number): Promise<readonly string[]>;
  /** The earliest `wakeAt` of a run that nobody holds. */
  nextWake(): Promise<number | undefined>;
  /** Heads in order of creation, newest first. */
  list(query: RunQuery): Promise<{ readonly runs: readonly Run[]; readonly next?: string }>;
}

/** What a store knows of leases that are a process's life: one machine, and tests. */
export interface ProcessLeases {
  /** Everybody who holds a lease. */
  owners(): Promise<readonly string[]>;
  /** Frees the leases of a process that is known to be dead, and counts the death; gives the ids of its runs. */
  releaseOwner(owner: string, now: number): Promise<readonly string[]>;
}

/** Tells somebody to look at a run. May be lost, late, doubled: the store decides what happens. */
export interface Doorbell {
  ring(runId: string): void;
}

/** Large values, by content hash. */
export interface Spill {
  /** Keeps `text`, returns its reference. Keeping the same text twice gives the same reference. */
  put(text: string): Promise<string>;
  /** The text behind a reference; rejects with HF305 when it is gone. */
  get(ref: string): Promise<string>;
}

/** Real time. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once, not before `ms` have passed; the returned function takes it back. */
  after(ms: number, fn: () => void): () => void;
  /** Calls `fn` in a later turn of the event loop, after all microtasks. */
  turn(fn: () => void): void;
}

/** Real chance. */
export interface Chance {
  /** A new id: `prefix` and 24 characters of base 36. */
  id(prefix: string): string;
  /** A number in [0, 1). */
  fraction(): number;
}

/** Where a run that failed for good is laid down for people, besides the list of dead letters. */
export interface DeadLetters {
  /** Lays it down, now and then twice. Rejects when it is not known to lie there. */
  put(run: Run): Promise<void>;
}

/** Everything together, as a pass and the starters of runs get it. */
export interface Ports {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly spill: Spill;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Looks on while a pass works; absent outside of tests. */
  readonly watch?: Watch;
  /** Absent where the list is enough. */
  readonly deadLetters?: DeadLetters;
  /** Has this task, in the code that new runs are pinned to, hooks for ends of which no pass knows? Absent: none has. */
  readonly hasEndHooks?: (task: string) => boolean;
  /** The code that new runs may be pinned to. Absent: only the current version is known. */
  readonly keptCode?: KeptCode;
}
