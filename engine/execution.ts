/**
 * One entering of a task's `run`: what the program has asked for, and the pump that answers it in the log's order.
 *
 * Owns:      asks, the cursor, the run's clock, what counts as quiet.
 * Never:     claims or ends a run (`pass.ts`), calls an author's or a library's function (`unit.ts`, `library.ts`).
 * Invariant: E1 records reach the program strictly by number, live as in replay, one per turn of the event loop.
 *            E2 a record that nobody asks for in its turn is passed over, and delivered as soon as it is asked for.
 *            E3 nothing is delivered after `stop`, nor while the run is being given back.
 */
import { AsyncResource } from "node:async_hooks";
import { Ask, type AskOptions } from "./ask.ts";
import type { OpenAttempt } from "./attempt.ts";
import type { Blamed, Delivered } from "./blame.ts";
import { Changes } from "./changes.ts";
import { CutOff } from "./cut-off.ts";
import { RunCanceledError } from "./errors.ts";
import { Floating } from "./floating.ts";
import { Frame } from "./frame.ts";
import type { Journal, Settled } from "./journal.ts";
import { Libraries } from "./library.ts";
import { makeAgain, waitAgain } from "./making-again.ts";
import { Moved } from "./moved.ts";
import { isLoaded, recordedValue } from "./outcome.ts";
import { goesOff } from "./own-timers.ts";
import type { PassContext } from "./pass-context.ts";
import { PassedOver } from "./passed-over.ts";
import type { CancelRecord, Moment } from "./record.ts";
import { Sharing } from "./repeated.ts";
import { type Done, doneBefore } from "./replay-end.ts";
import type { Quiet } from "./rest.ts";
import { runClock } from "./run-clock.ts";
import { tell } from "./telling.ts";
import { aheadOf } from "./watch.ts";

export class Execution {
  readonly context: PassContext;
  readonly journal: Journal;
  readonly root = new Frame(this, "", undefined, true);
  readonly libraries: Libraries;
  readonly moved: Moved;
  readonly asked = new Map<string, Ask>();
  readonly floating = new Floating();
  readonly sharing = new Sharing();
  /** Errors that were delivered, and what they mean when they leave `run`. */
  readonly errors = new Map<unknown, Delivered>();
  /** What was delivered last, and how many units had begun by then. */
  lastDelivered: { readonly blamed: Blamed; readonly safe: boolean; readonly begun: number } | undefined;
  /** Keys of pending waits and back-offs, with the time at which they are due. */
  readonly waiting = new Map<string, number>();
  /** What the program does again. */
  readonly done: Done;
  /** Tries in flight. */
  running = 0;
  /** Handles being made again. */
  making = 0;
  cursor = 1;
  begun = 0;
  canceled: CancelRecord | undefined;
  stopped = false;
  attempt: OpenAttempt | undefined;
  /** Invocations made since the last delivery: their order in the log. */
  invocationOrder = 0;
  readonly #passed = new PassedOver();
  readonly cutOff = new CutOff();
  readonly #changes: Changes;
  #clock: number;
  /** Promises of unknown origin that are awaited. */
  #soft = 0;
  #scheduled = false;
  constructor(context: PassContext, journal: Journal) {
    this.context = context;
    this.journal = journal;
    this.done = doneBefore(journal);
    this.#clock = journal.enteredAt ?? context.run.startedAt ?? context.run.createdAt;
    this.libraries = new Libraries(this);
    this.moved = new Moved(this);
    this.#changes = new Changes(context.spilled);
  }

  /** The clock of the author's code. */
  readonly clock = runClock(this);

  /** The run's clock: the time of the latest delivered record. */
  get now() {
    return this.#clock;
  }

  /** The moment that an event belongs to which no number was given. */
  moment(): Moment {
    return { after: this.cursor - 1, order: this.invocationOrder++ };
  }

  /** Does the log still lie ahead of the program? Then nothing is printed again. */
  get replaying(): boolean {
    return this.cursor <= this.done.upTo;
  }

  /** A cancel record lies ahead in the log: units without a record do not start. */
  get cancelAhead(): boolean {
    return (this.journal.cancel?.number ?? 0) >= this.cursor;
  }

  /** Asks for the unit with this key; its record, or `start`, will answer. */
  ask(frame: Frame, key: string, options: AskOptions): Promise<unknown> {
    const ask = new Ask(frame, key, this.journal.generation(key), ++this.begun, options);
    frame.lastBegun = this.begun;
    if (this.stopped || !this.journal.insides.counts(frame.within)) return ask.promise;
    this.asked.set(key, ask);
    if (ask.isSoft) this.#soft++;
    this.#passed.ask(key);
    this.#answer(ask);
    this.kick();
    return ask.promise;
  }

  /** By its record, when its turn comes; else it is begun, if anything may begin. */
  #answer(ask: Ask): void {
    const number = this.moved.settled(ask);
    const record = number === undefined ? undefined : this.journal.at(number)?.record;
    const isProvisional = this.journal.isProvisional(record);
    if (record?.kind === "result" && !isProvisional) this.#changes.expect(ask, record);
    if (number === undefined || record === undefined) {
      if (!this.cancelAhead && !this.moved.holds(ask)) this.begin(ask);
    } else if (record.kind === "marker" || isProvisional) makeAgain(this, ask, number);
    else if (record.kind === "result" && ask.options.again !== undefined) waitAgain(this, ask, record);
  }

  /** There is no record under its key. One that is taken over only has to be written again. */
  begin(ask: Ask): void {
    const isKnown = ask.taken !== undefined || this.journal.repeated.by(ask.key, ask.gen) !== undefined;
    const isWritten = isKnown || aheadOf(ask)?.begins(ask) === true;
    if (isWritten || this.context.mayBegin()) ask.options.start(ask);
    else this.cutOff.leave(this);
  }

  /** A handle that a marker stands for was made again (or is there for the first time). */
  handleMade(ask: Ask, handle: unknown): void {
    ask.handle = handle;
    if (ask.made !== "making") return;
    ask.made = "made";
    if (ask.options.isOwn !== true) this.making--;
    this.kick();
  }

  uncount(ask: Ask): void {
    if (ask.isCounted) this.running--;
    ask.isCounted = false;
  }

  /** Not only ours to settle: the run may wait for something else meanwhile. */
  soften(ask: Ask): void {
    this.uncount(ask);
    this.#soft += ask.isSoft ? 0 : 1;
    ask.isSoft = true;
  }

  /** Looks at the log in a later turn. */
  kick(): void {
    if (this.#scheduled || this.stopped) return;
    this.#scheduled = true;
    this.context.ports.clock.turn(this.#turn);
  }

  /** In the context in which the pass began: what a package has put around whoever asked is not there, in any pass. */
  readonly #origin = new AsyncResource("holdfast");
  readonly #turn = (): void => {
    this.#scheduled = false;
    try {
      if (!this.stopped && this.context.mayDeliver()) this.#origin.runInAsyncScope(this.#step, this);
    } catch (error) {
      this.context.fail(error);
    }
  };

  /** Exactly one event for the program, then a turn. */
  #step(): void {
    const rejected = this.cutOff.next();
    if (rejected !== undefined) {
      rejected.reject(new RunCanceledError(this.context.run.id, this.canceled?.reason ?? "canceled"));
      return this.kick();
    }
    if (this.#deliverPassed()) return this.kick();
    if (!this.#changes.make({ after: this.cursor - 1, order: Infinity }, this.libraries.due)) return;
    if (this.libraries.step()) return this.kick();
    const entry = this.journal.at(this.cursor);
    if (entry === undefined) return this.moved.step() ? this.kick() : this.context.quiet();
    const { record } = entry;
    if (!entry.isVoid && !tell(this, record)) return;
    if (entry.isVoid || (record.kind !== "result" && record.kind !== "marker" && record.kind !== "cancel"))
      return this.#goOn();
    if (record.kind === "cancel") return this.#cancel(entry.number, record);
    this.#take(entry.number, record);
  }

  #goOn(): void {
    this.cursor++;
    this.kick();
  }

  #take(number: number, record: Settled): void {
    if (this.journal.settled(record.key, record.gen) !== number) return this.#goOn();
    const ask = this.asked.get(record.key);
    if (ask !== undefined && ask.gen === record.gen) {
      if (!this.#isReady(ask, record)) return;
      this.cursor++;
      return this.#deliver(ask, number, record);
    }
    if (this.cutOff.has(record.key)) return this.#goOn();
    if (this.making > 0 || goesOff(this, record.t)) return;
    this.#passed.add(record.key, number);
    this.#goOn();
  }

  /** Is all of it there, and has gone off what a promise of the author's own may have come from? */
  #isReady(ask: Ask, record: Settled): boolean {
    if (ask.made === "making" || (ask.options.isOwn === true && goesOff(this, record.t))) return false;
    return isLoaded(ask, record, this.context.spilled, this.journal);
  }

  /** What was passed over and is asked for now comes before the next number, the lowest first. */
  #deliverPassed(): boolean {
    for (const { key, number } of this.#passed.asked()) {
      const ask = this.asked.get(key);
      const record = this.journal.at(number)?.record;
      if (ask === undefined || (record?.kind !== "result" && record?.kind !== "marker")) {
        this.#passed.forget(key);
        continue;
      }
      if (ask.gen !== record.gen || !this.#isReady(ask, record)) continue;
      this.#passed.deliver(key);
      this.#deliver(ask, number, record);
      return true;
    }
    return false;
  }

  #deliver(ask: Ask, number: number, record: Settled): void {
    this.#forget(ask);
    this.#clock = Math.max(this.#clock, record.t);
    if (number >= this.cursor - 1) this.invocationOrder = 0;
    if (record.kind === "marker") {
      ask.resolve(ask.made === undefined && ask.handle === undefined ? ask.options.standIn?.() : ask.handle);
      return this.kick();
    }
    const value = recordedValue(ask, record, this.context.spilled);
    const [{ key, gen, begun, frame, siteId }, { ok, safe = false }] = [ask, record];
    frame.readings.set(siteId, { key, gen, value, begun, safe });
    this.lastDelivered = { blamed: { key, gen }, safe, begun: this.begun };
    this.libraries.calls.finished(key);
    if (ok) ask.resolve(value);
    else {
      const { rejects, ...means } = record.origin ?? { ends: true, rejects: [] };
      this.errors.set(value, { ...means, tries: record.tries ?? 0, rejects: [{ key, gen }, ...rejects] });
      ask.reject(value);
    }
    this.kick();
  }

  /** The program has, or is about to get, its answer. */
  #forget(ask: Ask): void {
    ask.settled = true;
    this.asked.delete(ask.key);
    this.waiting.delete(ask.key);
    if (ask.isSoft) this.#soft--;
  }

  #cancel(number: number, record: CancelRecord): void {
    this.cursor++;
    if (this.canceled !== undefined || this.journal.cancel?.number !== number) return this.kick();
    this.canceled = record;
    this.#clock = Math.max(this.#clock, record.t);
    this.invocationOrder = 0;
    const before = ({ key, gen }: Ask): boolean =>
      this.#passed.has(key) || (this.journal.settled(key, gen) ?? number) < number;
    const pending = this.cutOff.settle([...this.asked.values()].filter((ask) => !before(ask)));
    for (const ask of pending) {
      this.#forget(ask);
      this.handleMade(ask, undefined);
      this.libraries.calls.canceled(ask.key);
    }
    this.context.canceled({ number, record }, pending);
    this.kick();
  }

  /** What keeps the run from going on. Meaningful when the pump has nothing to do. */
  quiet(): Quiet {
    const isOurs = this.running > 0 || this.making > 0 || this.cutOff.isOpen;
    const busy = isOurs || this.context.spilled.isReading || this.libraries.busy;
    const wakeAt = this.waiting.size === 0 ? undefined : Math.min(...this.waiting.values());
    return { busy, soft: this.#soft, wakeAt };
  }

  /** Nothing reaches the program any more; what it awaits never settles. */
  stop(): void {
    this.stopped = true;
    this.asked.clear();
    this.waiting.clear();
  }
}
