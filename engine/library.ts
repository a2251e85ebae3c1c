/**
 * Library calls that are given the author's functions: their invocations are events of the log.
 *
 * Owns:      which invocation is made when, live and on replay.
 * Never:     records how the call itself settled (`unit.ts` does).
 * Invariant: L1 an invocation is known by its function, its arguments and its occurrence, not by its place in time.
 *            L2 on replay the engine makes the recorded invocations at their points; a finished call is not made again.
 *            L3 an unfinished call is made again only when the recorded part is over or nothing else can go on.
 *            L4 an async function starts in a turn of its own.
 */
import { authored, type Callable, callUnrecorded, handOver } from "./authored.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import { Frame } from "./frame.ts";
import type { LibraryCall, Started } from "./library-call.ts";
import { know } from "./promises.ts";
import type { Invocation } from "./record.ts";

interface Request {
  readonly call: LibraryCall;
  readonly path: string;
  readonly fn: number;
  readonly thisArg: unknown;
  readonly args: readonly unknown[];
  readonly argsText: string;
}

/** The library calls of one execution. */
export class Libraries {
  readonly #execution: Execution;
  readonly #calls = new Map<string, LibraryCall>();
  readonly #expected: Invocation[];
  readonly #deferred: { call: LibraryCall; begin: () => void }[] = [];
  readonly #requests: Request[] = [];
  readonly #outside: CurrentRun;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#expected = execution.journal.invocations();
    this.#outside = new CurrentRun(execution);
  }

  /** Notes a call, and makes the invocations that were made while it had not yet returned. */
  add(call: LibraryCall): void {
    this.#calls.set(call.key, call);
    for (const invocation of this.#expected.filter((one) => one.call === call.key && one.sync)) {
      this.#remove(invocation);
      call.isCalling = true;
      this.#make(call, invocation);
      call.isCalling = false;
    }
  }

  /** Is the recorded part of the log over, and every invocation of it made? */
  get isReplayOver(): boolean {
    return !this.#execution.replaying && !this.#expected.some((one) => this.#calls.has(one.call));
  }

  /** Begins the call's own work when the recorded part is over (L3). */
  defer(call: LibraryCall, begin: () => void): void {
    this.#deferred.push({ call, begin });
  }

  /** The author's function as the library gets it. */
  wrap(call: LibraryCall, index: number): Callable {
    const fn = call.functions[index] as Callable;
    const isAsync = authored(fn)?.isAsync === true;
    const libraries = this;
    return function (this: unknown, ...args: unknown[]): unknown {
      return libraries.#requested(call, index, fn, isAsync, this, args);
    };
  }

  #requested(
    call: LibraryCall,
    index: number,
    fn: Callable,
    isAsync: boolean,
    thisArg: unknown,
    args: unknown[],
  ): unknown {
    const { stopped } = this.#execution;
    if (stopped || call.phase === "canceled") return isAsync ? new Promise(() => {}) : undefined;
    if (call.phase === "synchronous") return handOver(call.countedFrame(index), fn, thisArg, args);
    const argsText = call.isAtomic ? undefined : call.textOf(args);
    if (argsText === undefined) {
      if (call.isCalling && !isAsync) return handOver(call.countedFrame(index), fn, thisArg, args);
      call.isAtomic = true;
      return callUnrecorded(fn, thisArg, args);
    }
    const path = call.pathOf(index, argsText);
    const isKnown =
      call.started.has(path) || this.#expected.some((one) => one.call === call.key && one.path === path);
    if (isKnown) return isAsync ? call.outcome(path).promise : givenBefore(call.started.get(path));
    const request: Request = { call, path, fn: index, thisArg, args, argsText };
    if (!isAsync) return this.#invoke(request, this.#note(request));
    this.#requests.push(request);
    this.#execution.kick();
    return call.outcome(path).promise;
  }

  #note(request: Request): Invocation {
    const invocation: Invocation = {
      call: request.call.key,
      path: request.path,
      fn: request.fn,
      args: request.argsText,
      after: this.#execution.cursor - 1,
      order: this.#execution.invocationOrder++,
      sync: request.call.isCalling,
    };
    this.#execution.context.writer.note(invocation);
    return invocation;
  }

  #make(call: LibraryCall, invocation: Invocation): void {
    this.#execution.invocationOrder = Math.max(this.#execution.invocationOrder, invocation.order + 1);
    const { path, fn, args: argsText } = invocation;
    const request: Request = { call, path, fn, thisArg: undefined, args: call.valuesOf(argsText), argsText };
    try {
      this.#invoke(request, invocation);
    } catch {
      // What a plain function throws went to the library, which is not called on replay.
    }
  }

  #invoke(request: Request, invocation: Invocation): unknown {
    const { call, path } = request;
    const fn = call.functions[request.fn] as Callable;
    const frame = new Frame(this.#execution, `${call.key}>${invocation.path}`, call.frame);
    const entry: Started = {};
    call.started.set(path, entry);
    if (authored(fn)?.isAsync !== true) {
      try {
        entry.returned = this.#enter(frame, fn, request);
      } catch (error) {
        entry.threw = { error };
        call.errors.add(error);
      }
      return givenBefore(entry);
    }
    call.open++;
    const outcome = call.outcome(path);
    new Promise((resolve) => resolve(this.#enter(frame, fn, request))).then(
      (value) => {
        call.open--;
        outcome.resolve(value);
        this.#execution.kick();
      },
      (error: unknown) => {
        call.open--;
        call.errors.add(error);
        outcome.reject(error);
        this.#execution.kick();
      },
    );
    return outcome.promise;
  }

  /** An invocation is no part of any unit, whoever makes it: the library or, on replay, the engine. */
  #enter(frame: Frame, fn: Callable, { thisArg, args }: Request): unknown {
    return currentRun.run(this.#outside, () => handOver(frame, fn, thisArg, args));
  }

  /** The call turned out to be synchronous: what it asked for is no event of the log, and begins at once. */
  beginAtOnce(call: LibraryCall): void {
    for (const request of this.#requests.filter((one) => one.call === call)) {
      this.#requests.splice(this.#requests.indexOf(request), 1);
      const { promise, resolve, reject } = call.outcome(request.path);
      know(promise);
      const fn = call.functions[request.fn] as Callable;
      const begin = (): unknown => this.#enter(call.countedFrame(request.fn), fn, request);
      new Promise((begun) => begun(begin())).then(resolve, reject);
    }
  }

  #remove(invocation: Invocation): void {
    const index = this.#expected.indexOf(invocation);
    if (index >= 0) this.#expected.splice(index, 1);
  }

  /** At most one event: an expected invocation, a deferred call, a new invocation. True when there was one. */
  step(): boolean {
    const expected = this.#expected.find((one) => this.#calls.has(one.call));
    if (expected !== undefined && expected.after < this.#execution.cursor) {
      this.#remove(expected);
      this.#make(this.#calls.get(expected.call) as LibraryCall, expected);
      return true;
    }
    if (this.#deferred.length > 0 && (this.isReplayOver || this.#execution.making > 0)) {
      const { call, begin } = this.#deferred.shift() as { call: LibraryCall; begin: () => void };
      if (call.phase === "waiting") begin();
      return true;
    }
    const request = this.#requests[0];
    if (request === undefined || this.#execution.replaying) return false;
    this.#requests.shift();
    this.#invoke(request, this.#note(request));
    return true;
  }

  /** The call's record was delivered. */
  finished(key: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined && call.phase !== "synchronous") call.phase = "settled";
  }

  /** A cancel settled the call: it makes no further invocations. */
  canceled(key: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined) call.phase = "canceled";
  }

  /** A live call without an open invocation is running; one whose invocations are blocked is not. */
  get busy(): boolean {
    if (this.#requests.length > 0) return true;
    for (const call of this.#calls.values()) if (call.phase === "live" && call.open === 0) return true;
    return false;
  }

  /** Is a library's own call still going on? A suspend interrupts it. */
  get hasLive(): boolean {
    for (const call of this.#calls.values()) if (call.phase === "live") return true;
    return false;
  }
}

/** The same value, or the same throw, once more. */
function givenBefore(entry: Started | undefined): unknown {
  if (entry?.threw !== undefined) throw entry.threw.error;
  return entry?.returned;
}
