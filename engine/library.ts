/**
 * Library calls that are given the author's functions: their invocations are events of the log.
 *
 * Owns:      which invocation is made when, live and on replay.
 * Never:     records how the call itself settled (`unit.ts` does).
 * Invariant: L1 an invocation is known by its function, its arguments and its occurrence, not by its place in time.
 *            L2 on replay the engine makes the recorded invocations at their points; a finished call is not made again.
 *            L3 an unfinished call is made again only when the recorded part is over or nothing else can go on.
 *            L4 an async function starts in a turn of its own, but for an arrow around one call, which may give a value.
 */
import { Answers } from "./answers.ts";
import { type Callable, handOver } from "./authored.ts";
import { CurrentRun, currentRun } from "./current-run.ts";
import type { Execution } from "./execution.ts";
import { type ForeignCall, Frame } from "./frame.ts";
import { noteGenerator } from "./generators.ts";
import { Jobs } from "./jobs.ts";
import { joinGiven } from "./join.ts";
import {
  functionSite,
  givenAway,
  invokeKept,
  type KeptFunction,
  keepFunction,
  standingFor,
} from "./kept-function.ts";
import { LibraryCall } from "./library-call.ts";
import { LibraryCalls } from "./library-calls.ts";
import { givenBefore, type Made, type Request, type Target } from "./library-request.ts";
import { isEager, isThenable, know } from "./promises.ts";
import type { Invocation } from "./record.ts";

/** The library calls of one execution. */
export class Libraries {
  readonly #execution: Execution;
  readonly calls = new LibraryCalls();
  readonly #kept = new Map<string, KeptFunction>();
  readonly #expected: Invocation[];
  readonly #deferred: { call: LibraryCall; of: Made; begin: () => void }[] = [];
  readonly #requests: Request[] = [];
  readonly answers: Answers;
  readonly jobs: Jobs;
  readonly #outside: CurrentRun;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#expected = execution.journal.invocations();
    this.#outside = new CurrentRun(execution);
    this.answers = new Answers(execution);
    this.jobs = new Jobs((key) => execution.asked.has(key));
  }

  /** Notes a call, and makes the invocations that were made while it had not yet returned. */
  add(call: LibraryCall): void {
    this.calls.add(call);
    for (const invocation of this.#expected.filter((one) => one.call === call.key && one.sync)) {
      call.isCalling = true;
      this.#make(invocation);
      call.isCalling = false;
    }
  }

  /** Is the recorded part of the log over, and every invocation of it made? */
  get isReplayOver(): boolean {
    return !this.#execution.replaying && !this.#expected.some((one) => this.calls.has(one.call));
  }

  /** Begins the call's own work when the recorded part is over (L3). */
  defer(call: LibraryCall, of: Made, begin: () => void): void {
    this.#deferred.push({ call, of, begin });
  }

  /** Is the same call of the same object put off? Locks and pools give their turns in the order in which they are asked. */
  isBehind({ thisArg, fn }: Made): boolean {
    return this.#deferred.some(({ of }) => of.thisArg === thisArg && of.fn === fn);
  }

  /** The author's function as the library gets it. */
  wrap(call: LibraryCall, index: number): Callable {
    const { frame, key, functions, place } = call;
    const kept = keepFunction(frame, key, index, functions[index] as Callable, { givenTo: place.name });
    const target = { ...kept, id: index, givenTo: undefined };
    const libraries = this;
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      if (call.phase === "synchronous") return invokeKept(frame, kept, this, args);
      return libraries.#requested(call, target, this, args);
    };
    // Some libraries ask whether a function is async: by its class.
    Object.setPrototypeOf(wrapped, Object.getPrototypeOf(kept.fn) as object);
    return standingFor(kept.fn, wrapped);
  }

  /** Has somebody else's code a function that it may call within any call? */
  get hasKept(): boolean {
    return this.#kept.size > 0;
  }

  /** A function that somebody else's code may call later, within another call. */
  keep(kept: KeptFunction): void {
    this.#kept.set(kept.id, kept);
  }

  /** A kept function is called within a call that was not given it. */
  invokedWithin(here: CurrentRun, kept: KeptFunction, thisArg: unknown, args: unknown[]): unknown {
    const hasOne = (key: string): boolean => this.calls.get(key)?.hasAsked(kept.id) === true;
    const owner = this.jobs.ownerOf(here, args, hasOne);
    const { key = "", isCalling } = owner;
    let call = this.calls.get(key);
    if (call === undefined) {
      const { frame, args: own, site } = owner.call as ForeignCall;
      call = new LibraryCall(key, frame, own, [], site);
      call.begin();
      call.isCalling = isCalling;
      this.calls.add(call);
      const ask = this.#execution.asked.get(key);
      if (ask !== undefined) this.#execution.uncount(ask);
    }
    return this.#requested(call, kept, thisArg, args);
  }

  /** Does the log hold invocations that this call made? */
  expects(key: string): boolean {
    return this.#expected.some((one) => one.call === key);
  }

  /** The call gave no promise: what it asked for is no event of the log, and begins at once. */
  wasPlain(key: string): void {
    const call = this.calls.get(key);
    if (call === undefined) return;
    call.wasPlain();
    this.#beginAtOnce(call);
    this.#execution.context.writer.forget(key);
  }

  #requested(call: LibraryCall, target: Target, thisArg: unknown, args: unknown[]): unknown {
    const { fn } = target;
    const isAsync = call.isAsync(target);
    if (this.#execution.stopped || call.phase === "canceled")
      return isAsync ? new Promise(() => {}) : undefined;
    const whole = call.isAtomic ? undefined : call.textOf(args, target);
    if (whole === undefined && call.isCalling && !isAsync)
      return handOver(target.counted(), fn, thisArg, args);
    const argsText = whole ?? call.asWhole(fn, args);
    const path = call.pathOf(target.id, argsText);
    if (whole === undefined) call.noteInside(path);
    const expected = this.#expected.find((one) => one.call === call.key && one.path === path);
    if (expected !== undefined && !isAsync) this.#makeNow(expected);
    if (expected !== undefined || call.started.has(path))
      return call.answer(path, isAsync, { thisArg, args });
    const request: Request = { call, path, target, thisArg, args, argsText };
    if (!isAsync || call.beginsAtOnce(fn)) return this.#invoke(request, this.#note(request));
    this.#requests.push(request);
    this.#execution.kick();
    return call.outcome(path).promise;
  }

  /** The call's record is about to be written: it carries what the call asked for until now. */
  settles(key: string): void {
    for (const request of this.#requests)
      if (request.call.key === key) request.invocation ??= this.#note(request);
  }

  #note(request: Request): Invocation {
    const invocation: Invocation = {
      call: request.call.key,
      path: request.path,
      fn: request.target.id,
      args: request.argsText,
      ...this.#execution.moment(),
      sync: request.call.isCalling,
      ...request.call.insideOf(request.path),
    };
    this.#execution.context.writer.note(invocation);
    return invocation;
  }

  /** What a plain function gives is needed now, and not when its turn comes: behind what is due before it. */
  #makeNow(invocation: Invocation): void {
    for (let { due } = this; due !== undefined && due !== invocation; due = this.due) this.#make(due);
    this.#make(invocation);
  }

  #make(invocation: Invocation): void {
    const index = this.#expected.indexOf(invocation);
    if (index < 0) return;
    this.#expected.splice(index, 1);
    const call = this.calls.get(invocation.call) as LibraryCall;
    this.#execution.invocationOrder = Math.max(this.#execution.invocationOrder, invocation.order + 1);
    const { path, args: argsText } = invocation;
    const target = this.#targetOf(call, invocation.fn);
    if (target === undefined) return;
    const request = { call, path, target, argsText, ...call.asked(path, target, argsText) };
    try {
      target.over?.();
      const given = this.#invoke(request, invocation);
      if (isEager(given)) given.catch(() => {});
    } catch {
      // What a plain function throws, or a promise of its rejects with, went to the library, which is not called on replay.
    }
  }

  /** Other code may no longer have the function. */
  #targetOf(call: LibraryCall, id: number | string): Target | undefined {
    if (typeof id === "string") return this.#kept.get(id);
    const fn = call.functions[id];
    return fn && { id, fn, counted: () => call.frame.invoked(functionSite(call.key, id)) };
  }

  #invoke(request: Request, invocation: Invocation): unknown {
    const { call, path, target } = request;
    const { fn } = target;
    const frame = new Frame(this.#execution, `${call.key}>${invocation.path}`, call.frame);
    frame.within = invocation.in;
    const entry = call.starts(path);
    const isAsync = call.isAsync(target);
    if (isAsync && !call.beginsAtOnce(fn))
      return this.#invokeInTurn(request, frame, () => this.#enter(frame, fn, request));
    let made: unknown;
    try {
      made = noteGenerator(fn, this.#enter(frame, fn, request));
    } catch (error) {
      call.errors.add(error);
      entry.threw = { error };
    }
    if (isAsync && isThenable(made)) {
      const given = this.#invokeInTurn(request, frame, () => made);
      return call.stand(given, made);
    }
    call.gives(path, made);
    entry.isGiven = true;
    entry.returned = givenAway(frame, frame.path, made);
    return givenBefore(entry);
  }

  /** An invocation that gives a promise. */
  #invokeInTurn({ call, path }: Request, frame: Frame, begin: () => unknown): Promise<unknown> {
    call.open++;
    const [outcome, round] = [call.outcome(path), call.round];
    const settle = (end: (value: unknown) => void, value: unknown): void => {
      end(value);
      if (call.round === round) call.open--;
      this.#execution.kick();
    };
    const at = this.#execution.asked.get(call.key)?.options.place.at ?? "";
    new Promise((resolve) => resolve(joinGiven(frame, at, begin()))).then(
      (value) => settle(outcome.resolve, value),
      (error: unknown) => {
        call.errors.add(error);
        settle(outcome.reject, error);
      },
    );
    return outcome.promise;
  }

  /** An invocation is no part of any unit, whoever makes it: the library or, on replay, the engine. */
  #enter(frame: Frame, fn: Callable, { thisArg, args }: Request): unknown {
    return currentRun.run(this.#outside, () => handOver(frame, fn, thisArg, args));
  }

  #beginAtOnce(call: LibraryCall): void {
    for (const request of this.#requests.filter((one) => one.call === call)) {
      this.#requests.splice(this.#requests.indexOf(request), 1);
      const { promise, resolve, reject } = call.outcome(request.path);
      know(promise);
      const { fn, counted } = request.target;
      new Promise((begun) => begun(this.#enter(counted(), fn, request))).then(resolve, reject);
    }
  }

  /** The recorded invocation whose turn it is. */
  get due(): Invocation | undefined {
    const expected = this.#expected.find((one) => this.calls.has(one.call));
    return expected !== undefined && expected.after < this.#execution.cursor ? expected : undefined;
  }

  /** At most one event: an expected invocation, a deferred call, a new invocation. True when there was one. */
  step(): boolean {
    const expected = this.due;
    if (expected !== undefined) {
      this.#make(expected);
      return true;
    }
    if (this.#deferred.length > 0 && (this.isReplayOver || this.#execution.making > 0)) {
      // All in one turn, as the author's code made them: what they share must not change hands in between.
      for (const { call, begin } of this.#deferred.splice(0)) if (call.phase === "waiting") begin();
      return true;
    }
    const request = this.#requests[0];
    if (request === undefined || this.#execution.replaying) return false;
    this.#requests.shift();
    this.#invoke(request, request.invocation ?? this.#note(request));
    return true;
  }

  /** Something of a library's is running, or asked for an invocation. */
  get busy(): boolean {
    return this.#requests.length > 0 || this.calls.hasBusy;
  }
}
