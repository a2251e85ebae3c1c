/**
 * Group commit: everything that a process writes in one turn of the event loop is one transaction, one fsync. Where many callers
 * come at once, it is everything of some milliseconds (docs/decisions/0048-gathered.md).
 *
 * Owns:      transactions, waiting for other writers, and what becomes of an operation that fails.
 * Never:     delivers a result before its COMMIT has returned; lets one operation's failure reach another.
 * Invariant: operations take effect in the order in which they were asked for. What is on disk is a beginning of them: a commit without
 *            an fsync gets there with the next one that has it.
 */

import { HoldfastError } from "../engine/errors.ts";
import { codeOf, orDiskFull } from "./disk-full.ts";
import { gathering } from "./gathering.ts";
import type { Database } from "./sqlite.ts";

/** How long another process may keep the write lock; longer, and it is stopped or stuck inside a transaction. */
const patienceMs = 10_000;
const pauseMs = 0.2;
const pause = new Int32Array(new SharedArrayBuffer(4));
/** Kept here so that a test's fake timers do not stop the database. */
const { setImmediate: laterTurn, setTimeout: later } = globalThis;
const real = {
  now: () => performance.now(),
  after: (ms: number, fn: () => void): void => void later(fn, ms),
  turn: (fn: () => void): void => void laterTurn(fn),
};

/**
 * Repeats `attempt` while another process is in its way. Sleeping in small equal steps is fair to all writers;
 * SQLite's own growing steps let one wait for seconds.
 */
export function patiently<T>(attempt: () => T): T {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") && codeOf(error) !== "SQLITE_PROTOCOL") throw error;
      if (performance.now() > end) throw stuck(error);
      Atomics.wait(pause, 0, 0, pauseMs);
    }
  }
}

function stuck(cause: unknown): HoldfastError {
  const what = `Another process has kept the database locked for ${patienceMs / 1000} s.`;
  const fix =
    "Look for a stopped process (a debugger, Ctrl-Z) or another program that has the data folder's database open.";
  return new HoldfastError("HF409", what, fix, { cause, retryable: true });
}

interface Operation {
  /** It only reads. */
  readonly isRead: boolean;
  /** May a power cut undo it, as long as nothing that came later has been kept? */
  readonly isUndoable: boolean;
  /** Does the work, within a transaction. May be called twice: the first time was rolled back then. */
  readonly work: () => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** A queue of operations in front of a database. */
export interface Commits {
  /** Does `work` in this turn's transaction; resolves after its commit. `work` may be called twice, once in vain. */
  write<T>(work: () => T, isUndoable?: boolean): Promise<T>;
  /** Does `work` at once, or, if there are writes in the queue or it is not the first of its turn, in the turn's transaction, in its place. */
  read<T>(work: () => T): Promise<T>;
  /** Commits what is in the queue. */
  flush(): void;
}

function fail(operations: readonly Operation[], error: unknown): void {
  for (const operation of operations) operation.failed(orDiskFull(error));
}

/** What is told to a queue, and what it tells. */
export interface CommitOptions {
  /** Told of each transaction: how many operations it held, and whether it has waited for an fsync. */
  readonly onCommit?: (operations: number, isSynced: boolean) => void;
  /**
   * Are others about to ask for something? Then a commit follows the one before by some milliseconds at least (`gathering.ts`), and takes
   * along what is asked for meanwhile. Without it a commit waits for its turn's end alone.
   */
  readonly othersCome?: () => boolean;
}

/** Puts a queue in front of `db`. */
export function groupCommit(
  db: Database,
  { onCommit = () => {}, othersCome = () => false }: CommitOptions = {},
): Commits {
  const begin = db.prepare("begin immediate");
  const beginReading = db.prepare("begin");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  let isSyncing = true;
  let queue: Operation[] = [];

  function transaction(operations: readonly Operation[]): void {
    try {
      for (const operation of operations) operation.work();
      commit.run();
    } catch (error) {
      // After some errors, a full disk among them, SQLite has rolled back by itself.
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  /** Will their commit wait for an fsync? SQLite obeys this pragma when it is compiled, not when it is run: it cannot be prepared. */
  function syncs(operations: readonly Operation[]): boolean {
    const isSynced = !operations.every(({ isUndoable }) => isUndoable);
    if (isSyncing !== isSynced) db.exec(`pragma synchronous = ${isSynced ? "full" : "normal"}`);
    isSyncing = isSynced;
    return isSynced;
  }

  /** All reads of a turn see one state, and take and give back SQLite's locks once. */
  function settleReads(operations: readonly Operation[]): void {
    try {
      patiently(() => {
        if (operations.length > 1) beginReading.run();
        try {
          for (const operation of operations) operation.work();
        } finally {
          if (db.inTransaction) commit.run();
        }
      });
    } catch (error) {
      if (operations.length === 1) fail(operations, error);
      else for (const operation of operations) settleReads([operation]);
      return;
    }
    for (const operation of operations) operation.done();
  }

  function settle(operations: readonly Operation[]): void {
    if (operations.every(({ isRead }) => isRead)) return settleReads(operations);
    const isSynced = syncs(operations);
    try {
      patiently(() => begin.run());
    } catch (error) {
      fail(operations, error);
      return;
    }
    try {
      transaction(operations);
    } catch (error) {
      // One of them cannot be done: by themselves the others can.
      if (operations.length === 1) fail(operations, error);
      else for (const operation of operations) settle([operation]);
      return;
    }
    onCommit(operations.length, isSynced);
    for (const operation of operations) operation.done();
  }

  const flushLater = gathering(flush, { ...real, othersCome });

  /** The further reads of this turn, while no write is asked for: they wait for nobody. */
  let reads: Operation[] = [];
  let hasRead = false;

  function flushReads(): void {
    const operations = reads;
    reads = [];
    if (operations.length > 0) settleReads(operations);
  }

  function flush(): void {
    flushReads();
    const operations = queue;
    queue = [];
    if (operations.length > 0) settle(operations);
  }

  function put<T>(
    into: Operation[],
    kind: Pick<Operation, "isRead" | "isUndoable">,
    work: () => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      let outcome: T;
      into.push({
        ...kind,
        work: () => {
          outcome = work();
        },
        done: () => resolve(outcome),
        failed: reject,
      });
    });
  }

  async function read<T>(work: () => T): Promise<T> {
    const kind = { isRead: true, isUndoable: true };
    if (queue.length > 0) return put(queue, kind, work);
    if (hasRead) return put(reads, kind, work);
    hasRead = true;
    laterTurn(() => {
      hasRead = false;
      flushReads();
    });
    return patiently(work);
  }

  function write<T>(work: () => T, isUndoable = false): Promise<T> {
    // What was read before in this turn goes into the same transaction, unless it would have to wait for it.
    if (queue.length === 0 && flushLater()) [queue, reads] = [reads, queue];
    return put(queue, { isRead: false, isUndoable }, work);
  }

  return { write, read, flush };
}
