/**
 * One entering of a task's `run`: what the program has asked for, and the pump that answers it in the log's order.
 *
 * Owns:      asks, the cursor, the run's clock, what counts as quiet.
 * Never:     claims or ends a run (`pass.ts`), calls an author's or a library's function (`unit.ts`, `library.ts`).
 * Invariant: E1 records reach the program strictly by number, live as in replay, one per turn of the event loop.
 *            E2 a record that nobody asks for in its turn is passed over, and delivered as soon as it is asked for.
 *            E3 nothing is delivered after `stop`.
 */
import { Ask, type AskOptions } from "./ask.ts";
import type { Blamed, Delivered } from "./blame.ts";
import { RunCanceledError } from "./errors.ts";
import { Floating } from "./floating.ts";
import { Frame } from "./frame.ts";
import type { Journal, Settled } from "./journal.ts";
import { Libraries } from "./library.ts";
import { hasOtherInputs, isLoaded, recordedValue } from "./outcome.ts";
import type { PassContext } from "./pass-context.ts";
import { otherInputs } from "./pass-errors.ts";
import type { CancelRecord } from "./record.ts";
import type { Quiet } from "./rest.ts";
import { frameClock } from "./virtual.ts";

export class Execution {
  readonly context: PassContext;
  readonly journal: Journal;
  readonly root: Frame;
  readonly libraries: Libraries;
  readonly asked = new Map<string, Ask>();
  readonly floating = new Floating();
  /** Errors that were delivered, and what they mean when they leave `run`. */
  readonly errors = new Map<unknown, Delivered>();
  /** What was delivered last, and how many units had begun by then. */
  lastDelivered: { readonly blamed: Blamed; readonly safe: boolean; readonly begun: number } | undefined;
  /** Keys of pending waits and back-offs, with the time at which they are due. */
  readonly waiting = new Map<string, number>();
  /** The highest number there was when this execution began. */
  readonly replayEnd: number;
  /** Tries in flight. */
  running = 0;
  /** Handles being made again. */
  making = 0;
  cursor = 1;
  begun = 0;
  canceled: CancelRecord | undefined;
  stopped = false;
  /** Invocations made since the last delivery: their order in the log. */
  invocationOrder = 0;
  readonly #passed = new Map<string, number>();
  /** Passed over and asked for since. */
  readonly #late: string[] = [];
  readonly #rejecting: Ask[] = [];
  readonly #settledByCancel = new Set<string>();
  #clock: number;
  /** Promises of unknown origin that are awaited. */
  #soft = 0;
  #scheduled = false;

  constructor(context: PassContext, journal: Journal) {
    this.context = context;
    this.journal = journal;
    this.replayEnd = journal.last;
    this.#clock = journal.enteredAt ?? context.run.startedAt ?? context.run.createdAt;
    this.root = new Frame(this, "", undefined);
    this.libraries = new Libraries(this);
    this.clock = frameClock(() => this.#clock);
  }

  /** The clock of the author's code: goes a little forward with each read. */
  readonly clock: () => number;

  /** The run's clock: the time of the latest delivered record. */
  get now(): number {
    return this.#clock;
  }

  /** Does the log still lie ahead of the program? Then nothing is printed again. */
  get replaying(): boolean {
    return this.cursor <= this.replayEnd;
  }

  /** A cancel record lies ahead in the log: units without a record do not start. */
  get cancelAhead(): boolean {
    const cancel = this.journal.cancel;
    return cancel !== undefined && cancel.number >= this.cursor;
  }

  /** Asks for the unit with this key; its record, or `start`, will answer. */
  ask(frame: Frame, key: string, options: AskOptions): Promise<unknown> {
    const ask = new Ask(frame, key, this.journal.generation(key), ++this.begun, options);
    frame.lastBegun = this.begun;
    if (this.stopped) return ask.promise;
    this.asked.set(key, ask);
    if (options.sort === "await") this.#soft++;
    if (this.#passed.has(key)) this.#late.push(key);
    this.#answer(ask);
    this.kick();
    return ask.promise;
  }

  /** By its record, when its turn comes; else it is begun, if anything may begin. */
  #answer(ask: Ask): void {
    const number = this.journal.settled(ask.key, ask.gen);
    const record = number === undefined ? undefined : this.journal.at(number)?.record;
    if (number === undefined || record === undefined) {
      if (this.cancelAhead) return;
      if (!this.context.mayBegin()) return this.context.leave();
      ask.isLive = true;
      ask.options.start(ask);
    } else if (record.kind === "marker" || ask.options.again !== undefined) this.#makeAgain(ask);
    else if (number < this.journal.otherCodeSince && hasOtherInputs(ask, record))
      this.context.fail(otherInputs(ask.options.place));
  }

  /** A handle is made, or events are waited for, in each pass; a closed handle is not. */
  #makeAgain(ask: Ask): void {
    const { handle, again } = ask.options;
    const isClosed =
      this.journal.isClosed(ask.key) || (handle !== undefined && this.journal.isClosed(handle));
    if (again === undefined && isClosed) return;
    ask.made = "making";
    this.making++;
    const over = (): void => this.handleMade(ask, undefined);
    if (again === undefined) ask.options.start(ask);
    else again.then(over, over);
  }

  /** A handle that a marker stands for was made again (or is there for the first time). */
  handleMade(ask: Ask, handle: unknown): void {
    ask.handle = handle;
    if (ask.made !== "making") return;
    ask.made = "made";
    this.making--;
    this.kick();
  }

  /** A try no longer counts as running. */
  uncount(ask: Ask): void {
    if (!ask.isCounted) return;
    ask.isCounted = false;
    this.running--;
  }

  /** Looks at the log in a later turn. */
  kick(): void {
    if (this.#scheduled || this.stopped) return;
    this.#scheduled = true;
    this.context.ports.clock.turn(() => {
      this.#scheduled = false;
      if (!this.stopped) this.#step();
    });
  }

  /** Exactly one event for the program, then a turn. */
  #step(): void {
    const rejected = this.#rejecting.shift();
    if (rejected !== undefined) {
      rejected.reject(new RunCanceledError(this.context.run.id, this.canceled?.reason ?? "canceled"));
      return this.kick();
    }
    if (this.#deliverPassed() || this.libraries.step()) return this.kick();
    const entry = this.journal.at(this.cursor);
    if (entry === undefined) return this.context.quiet();
    const { record } = entry;
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
      if (ask.made === "making" || !this.#isLoaded(record)) return;
      this.cursor++;
      return this.#deliver(ask, number, record);
    }
    if (this.#settledByCancel.has(record.key)) return this.#goOn();
    if (this.making > 0) return;
    this.#passed.set(record.key, number);
    this.#goOn();
  }

  /** What was passed over and is asked for now comes before the next number, the lowest first. */
  #deliverPassed(): boolean {
    if (this.#late.length === 0) return false;
    this.#late.sort((a, b) => (this.#passed.get(a) ?? 0) - (this.#passed.get(b) ?? 0));
    for (const [index, key] of this.#late.entries()) {
      const number = this.#passed.get(key) ?? 0;
      const ask = this.asked.get(key);
      const record = this.journal.at(number)?.record;
      if (ask === undefined || (record?.kind !== "result" && record?.kind !== "marker")) {
        this.#late.splice(index, 1);
        return this.#deliverPassed();
      }
      if (ask.made === "making" || ask.gen !== record.gen || !this.#isLoaded(record)) continue;
      this.#late.splice(index, 1);
      this.#passed.delete(key);
      this.#deliver(ask, number, record);
      return true;
    }
    return false;
  }

  /** A spilled value is read before its record is delivered. */
  #isLoaded(record: Settled): boolean {
    return record.kind === "marker" || isLoaded(record, this.context.spilled);
  }

  #deliver(ask: Ask, number: number, record: Settled): void {
    this.#forget(ask);
    this.#advance(record.t);
    if (number >= this.cursor - 1) this.invocationOrder = 0;
    if (record.kind === "marker") {
      ask.resolve(ask.made === undefined && ask.handle === undefined ? ask.options.standIn?.() : ask.handle);
      return this.kick();
    }
    const value = recordedValue(ask, record, this.context.spilled);
    const { frame, siteId } = ask;
    frame.readings.set(siteId, {
      key: ask.key,
      gen: ask.gen,
      value,
      begun: ask.begun,
      safe: record.safe === true,
    });
    this.lastDelivered = {
      blamed: { key: ask.key, gen: ask.gen },
      safe: record.safe === true,
      begun: this.begun,
    };
    this.libraries.calls.finished(ask.key);
    if (record.ok) ask.resolve(value);
    else {
      const own = { key: ask.key, gen: ask.gen };
      const { ends, rejects } = record.origin ?? { ends: true, rejects: [] };
      this.errors.set(value, { ends, rejects: [own, ...rejects] });
      ask.reject(value);
    }
    this.kick();
  }

  /** The program has, or is about to get, its answer. */
  #forget(ask: Ask): void {
    ask.settled = true;
    this.asked.delete(ask.key);
    this.waiting.delete(ask.key);
    if (ask.options.sort === "await") this.#soft--;
  }

  #advance(t: number): void {
    if (t > this.#clock) this.#clock = t;
  }

  #cancel(number: number, record: CancelRecord): void {
    this.cursor++;
    if (this.canceled !== undefined || this.journal.cancel?.number !== number) return this.kick();
    this.canceled = record;
    this.#advance(record.t);
    this.invocationOrder = 0;
    const before = (ask: Ask): boolean => {
      const settled = this.journal.settled(ask.key, ask.gen);
      return this.#passed.has(ask.key) || (settled !== undefined && settled < number);
    };
    const pending = [...this.asked.values()]
      .filter((ask) => !before(ask))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const ask of pending) {
      this.#forget(ask);
      this.#settledByCancel.add(ask.key);
      if (ask.made === "making") this.making--;
      this.libraries.calls.canceled(ask.key);
    }
    this.#rejecting.push(...pending);
    this.context.canceled(record, pending);
    this.kick();
  }

  /** What keeps the run from going on. Meaningful when the pump has nothing to do. */
  quiet(): Quiet {
    const isOurs = this.running > 0 || this.making > 0 || this.#rejecting.length > 0;
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
