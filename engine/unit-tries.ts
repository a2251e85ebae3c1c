/**
 * One unit: makes its tries, with durable back-off between them, and records how it settled.
 *
 * Owns:      tries.
 * Never:     delivers a result to the program; the pump does, in the log's order.
 * Invariant: U1 the next try is the highest recorded + 1 and starts when that record is durable.
 *            U2 a result is encoded once, when it is there; the program gets the decoded copy.
 *            U3 nothing is begun without the lease.
 */
import type { Ask } from "./ask.ts";
import { type Delivered, rejectedBy } from "./blame.ts";
import { noteBorrowed } from "./borrowed.ts";
import { askTask } from "./catching.ts";
import { addPlace } from "./error-place.ts";
import { HoldfastError } from "./errors.ts";
import { fileOf } from "./file-handles.ts";
import { fingerprint } from "./fingerprint.ts";
import { handleKeys, isImportedKey, isMadeAgain } from "./handle.ts";
import { writtenOrHeld } from "./last-record.ts";
import { isLast } from "./moving.ts";
import { outcomeOf } from "./outcome.ts";
import { preview } from "./preview.ts";
import { type Given, mayShare } from "./repeated.ts";
import { delayBefore, type RetryPolicy, verdict } from "./retry.ts";
import { toRunError } from "./run-error.ts";
import { metadataOf } from "./run-metadata.ts";
import { limited } from "./time-limit.ts";
import { noteTransaction, partFields } from "./transactions.ts";
import type { Making } from "./unit-making.ts";
import { watchedOutcome, watchedTry } from "./watch.ts";
import type { Draft } from "./writer.ts";

/** A unit that is made in this pass. */
export class Unit {
  readonly #ask: Ask;
  readonly #making: Making;
  readonly #retry: RetryPolicy;
  readonly #fingerprint: string;
  readonly #input: string | undefined;
  #tries: number;
  #started = 0;
  /** The object that the call gave, for those that give it, too. */
  #given: Given | undefined;
  /** Tries that were followed in this pass. */
  #followed = 0;

  constructor(ask: Ask, making: Making) {
    this.#ask = ask;
    this.#making = making;
    const { execution } = ask.frame;
    this.#retry = making.retry ?? ask.frame.retry ?? execution.context.retry;
    this.#tries = execution.journal.tries(ask.key, ask.gen).length;
    this.#fingerprint = making.fingerprint ?? fingerprint(making.args, making.receiver);
    this.#input = preview(making.args);
    making.inputs?.note();
    ask.isLive = true;
  }

  get #execution() {
    return this.#ask.frame.execution;
  }

  begin(first?: Promise<unknown>): void {
    if (first !== undefined) return this.#follow(first);
    const last = this.#execution.journal.tries(this.#ask.key, this.#ask.gen).at(-1);
    if (last === undefined) this.#try();
    else this.#backOff(last.retryAt);
  }

  #backOff(retryAt: number): void {
    const { context } = this.#execution;
    const wait = retryAt - context.ports.clock.now();
    if (wait <= 0) return this.#try();
    this.#execution.waiting.set(this.#ask.key, retryAt);
    this.#execution.libraries.calls.rests(this.#ask.key);
    context.ports.clock.after(wait, () => {
      if (this.#execution.waiting.delete(this.#ask.key)) this.#try();
    });
    this.#execution.kick();
  }

  #try(): void {
    const { context } = this.#execution;
    if (this.#execution.stopped || this.#ask.settled || !context.holds()) return;
    if (!context.mayBegin()) return context.leave();
    this.#follow(new Promise((resolve) => resolve(watchedTry(this.#ask, this.#making))));
  }

  /** Waits for a try's outcome. `running` falls only when the record's write has begun. */
  #follow(attempt: Promise<unknown>): void {
    const execution = this.#execution;
    this.#started = execution.context.ports.clock.now();
    const { sort } = this.#making;
    const mayCount = sort !== "await" && sort !== "library" && !execution.libraries.calls.has(this.#ask.key);
    // A back-off may be over before the try that failed is done with: they count as one then.
    if (mayCount && !this.#ask.isCounted) execution.running++;
    this.#ask.isCounted = mayCount;
    const number = ++this.#followed;
    const done = limited(watchedOutcome(this.#ask, attempt), this.#making, execution.context.ports.clock)
      .then((value) => this.#checked(value))
      .then(
        (value) => this.#succeeded(value),
        (error: unknown) => this.#failed(error),
      )
      .catch((error: unknown) => execution.context.fail(error))
      .finally(() => {
        this.#given?.over(undefined);
        if (number === this.#followed) execution.uncount(this.#ask);
        execution.kick();
      });
    if (this.#making.part?.role !== "ends") this.#making.part?.transaction.add(done);
  }

  async #checked(value: unknown): Promise<unknown> {
    const { check, place } = this.#making;
    if (check !== undefined && (await check(value)) === false) {
      throw new HoldfastError(
        "HF313",
        `The check of ${place.name} at ${place.at} returned false.`,
        "The step is tried again under its retry policy.",
        { retryable: true },
      );
    }
    return value;
  }

  get #isOver(): boolean {
    return this.#execution.stopped || this.#ask.settled || !this.#execution.context.holds();
  }

  get #keyed() {
    const { place, part } = this.#making;
    const { key, gen } = this.#ask;
    return { key, gen, place, started: this.#started, ...partFields(this.#ask.frame, part) };
  }

  #succeeded(value: unknown): Promise<unknown> | undefined {
    if (this.#isOver) return undefined;
    const { setUp, item, isLive, sort, place } = this.#making;
    // A promise of the program's own gives the program's own symbol (`TIMEOUT`, `CLOSED`): it settles again by itself.
    if (sort === "await" && typeof value === "symbol") return this.#mark(value);
    if (setUp || isLive?.(value) || isImportedKey(place.name, value)) return this.#mark(value);
    if (item === undefined ? isMadeAgain(value) : item(value)) return this.#mark(value);
    return this.#record(true, value);
  }

  /** A handle: the marker says that it is to be made again; a marker that is there already needs no second one. */
  #mark(value: unknown): Promise<unknown> | undefined {
    const { place } = this.#making;
    if (typeof value === "object" && value !== null) handleKeys.set(value, this.#ask.key);
    noteTransaction(this.#ask.frame, this.#ask.key, place, value);
    noteBorrowed(this.#execution, place.name, value, this.#making.receiver);
    const isAgain = this.#ask.made === "making";
    this.#execution.handleMade(this.#ask, value);
    if (isAgain) return undefined;
    return this.#execution.context.writer.write({ kind: "marker", fp: this.#fingerprint, ...this.#keyed });
  }

  #failed(error: unknown): Promise<unknown> | undefined {
    if (this.#isOver) return undefined;
    addPlace(error, this.#ask.frame, this.#making.place);
    const { context } = this.#execution;
    const { retry, afterMs } = verdict(error, context.ports.clock.now());
    const tries = this.#tries + 1;
    if (this.#making.sort === "await" || this.#making.isFinal?.(error) === true)
      return this.#gaveUp(error, this.#originOf(error));
    // Of a transaction nothing is tried again by itself: it is made again as a whole.
    if (this.#making.part !== undefined || this.#ask.frame.within !== undefined)
      return this.#gaveUp(error, { ends: !retry, rejects: [] });
    if (!retry || context.signal.aborted || tries >= this.#retry.maxAttempts) return this.#gaveUp(error);
    const retryAt =
      context.ports.clock.now() +
      (afterMs ?? delayBefore(this.#retry, tries, context.ports.chance.fraction()));
    const leaves = this.#ask.frame.escapes && this.#making.escapes === true;
    const mayAsk = leaves && this.#execution.attempt?.catchError !== undefined;
    return mayAsk ? this.#asked(tries, error, retryAt) : this.#again(tries, error, retryAt);
  }

  #again(tries: number, error: unknown, retryAt: number): Promise<unknown> {
    this.#tries = tries;
    return this.#execution.context.writer
      .write({ kind: "try", number: tries, error: toRunError(error), retryAt, ...this.#keyed })
      .then(() => this.#backOff(retryAt));
  }

  /** The error would leave `run`: the task may have something to say to it. */
  async #asked(tries: number, error: unknown, retryAt: number): Promise<unknown> {
    const { key, gen } = this.#ask;
    const answer = await askTask(this.#execution, `${key}/try#${gen}.${tries}`, {
      error,
      attempt: this.#execution.journal.attempts.length + tries,
      retry: this.#retry,
      retryAt,
    });
    if (this.#isOver) return undefined;
    if (answer === undefined) return this.#again(tries, error, retryAt);
    if (answer.retryAt !== undefined) return this.#again(tries, answer.error, answer.retryAt);
    return this.#gaveUp(answer.error, { ends: true, rejects: [], asked: true });
  }

  /** A handle that cannot be made again contradicts the records behind it: its error is not delivered. */
  #gaveUp(error: unknown, origin?: Delivered): Promise<unknown> | undefined {
    const { place, part } = this.#making;
    if (this.#ask.made !== "making" || part !== undefined) return this.#record(false, error, origin);
    const { name, at } = place;
    this.#execution.context.fail(
      new HoldfastError(
        "HF304",
        `${name} at ${at} could not be made again.`,
        "The run keeps its journal: resume it once the other side is back.",
        {
          cause: error,
        },
      ),
    );
    return undefined;
  }

  /** An error that came from the author's own code, through a library or a promise, means here what it means there. */
  #originOf(error: unknown): Delivered {
    const { errors, context } = this.#execution;
    return errors.get(error) ?? { ends: false, rejects: rejectedBy(error, context.redo) };
  }

  /** The number of the record whose object this call gave, too. */
  #sharedWith(value: unknown): Promise<number | undefined> | undefined {
    if (typeof value !== "object" || value === null || !mayShare(this.#ask, this.#making)) return undefined;
    const { given, isAgain } = this.#execution.sharing.note(value);
    if (isAgain) return given.again(this.#ask);
    this.#given = given;
    return undefined;
  }

  async #record(ok: boolean, value: unknown, origin?: Delivered): Promise<unknown> {
    const { safe, sort, place, inputs, part, item, args, receiver } = this.#making;
    const closes = ok && (item === undefined || isLast(value)) ? this.#making.closes : undefined;
    const { context, libraries } = this.#execution;
    if (part?.role === "ends") await part.transaction.durable();
    const as = ok ? await this.#sharedWith(value) : undefined;
    const outcome = await outcomeOf(
      context,
      place,
      inputs,
      this.#execution.moment(),
      ok,
      value,
      closes === undefined ? args : [...args, ...fileOf(receiver)],
      libraries.calls.isShared(this.#ask.key),
      as,
    );
    await this.#given?.turn(this.#execution);
    if (this.#isOver) return undefined;
    libraries.settles(this.#ask.key);
    const mayBeShared = outcome.ok && outcome.same === undefined;
    const draft: Draft = {
      kind: "result",
      ...outcome,
      ...(mayBeShared ? this.#given?.close() : {}),
      sort,
      fp: this.#fingerprint,
      ...(this.#input === undefined ? {} : { input: this.#input }),
      ...(closes === undefined ? {} : { closes }),
      ...(safe === true ? { safe } : {}),
      ...(origin === undefined ? {} : { origin }),
      ...libraries.calls.holds(this.#ask.key),
      ...(this.#tries === 0 ? {} : { tries: this.#tries }),
      ...metadataOf(this.#execution).ofUnit(this.#ask.key),
      ...this.#keyed,
    };
    const number = await writtenOrHeld(this.#ask, this.#making, draft);
    if (mayBeShared) this.#given?.over(number);
    this.#execution.handleMade(this.#ask, undefined);
    return undefined;
  }
}
