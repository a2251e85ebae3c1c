/**
 * Input streams of a run: what others send to it while it goes on.
 *
 * A message is an inbox item, becomes a record, and reaches the program where that record stands in the log: it answers who
 * has waited longest, is shown to all listeners, or is kept until somebody asks. What an await got is a record of its own.
 *
 * Owns:      which await gets which message, what is kept, who listens.
 * Invariant: G1 a message answers one recorded await at most: what the log says of that holds, whatever the program does.
 *            G2 the same log gives the same answers in the same order, in each pass.
 */
import type { Ask } from "./ask.ts";
import { decode, encode } from "./codec.ts";
import type { Execution } from "./execution.ts";
import type { Frame } from "./frame.ts";
import { know } from "./promises.ts";
import type { MessageRecord, Place } from "./record.ts";
import { takeMessages } from "./telling.ts";
import { transactionsOf } from "./transactions.ts";

/** Timers of JavaScript run no longer than this. */
const longestTimerMs = 2_147_483_647;

/** What is waited for. */
export interface MessageAsk {
  readonly key: string;
  readonly place: Place;
  readonly stream: string;
  /** Ends the wait after so many milliseconds, with the error. */
  readonly timeout?: { readonly ms: number; readonly error: () => Error } | undefined;
  /** Ends it when it aborts, with the error. */
  readonly abort?: { readonly signal: AbortSignal; readonly error: () => Error } | undefined;
}

/** One await that waits for a message. */
class Waiter {
  readonly #execution: Execution;
  readonly #asked: MessageAsk;
  readonly #due: number;
  readonly #started: number;
  readonly #over: (waiter: Waiter) => void;
  #ask: Ask | undefined;
  #message: MessageRecord | undefined;

  constructor(execution: Execution, asked: MessageAsk, over: (waiter: Waiter) => void) {
    this.#execution = execution;
    this.#asked = asked;
    this.#started = execution.now;
    this.#due = asked.timeout === undefined ? Number.POSITIVE_INFINITY : execution.now + asked.timeout.ms;
    this.#over = over;
  }

  get key(): string {
    return this.#asked.key;
  }

  /** There is no record: it is waited for in this pass. */
  start(ask: Ask): void {
    this.#ask = ask;
    if (this.#message !== undefined) return this.#write(this.#message);
    const { abort, key } = this.#asked;
    if (abort?.signal.aborted === true) return this.#end(abort.error());
    this.#execution.waiting.set(key, this.#due);
    abort?.signal.addEventListener("abort", () => this.#end(abort.error()), { once: true });
    if (this.#due !== Number.POSITIVE_INFINITY) this.#await();
  }

  /** The message is this await's. */
  give(message: MessageRecord): void {
    this.#message = message;
    if (this.#ask !== undefined) this.#write(message);
  }

  get #isOver(): boolean {
    return this.#execution.stopped || this.#ask?.settled === true || this.#message !== undefined;
  }

  #await(): void {
    if (this.#isOver) return;
    const { clock } = this.#execution.context.ports;
    const rest = this.#due - clock.now();
    if (rest > 0) clock.after(Math.min(rest, longestTimerMs), () => this.#await());
    else this.#end(this.#asked.timeout?.error());
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#over(this);
    this.#settle({ ok: false, value: { inline: encode(error).text } });
  }

  #write({ id, value }: MessageRecord): void {
    this.#settle({ ok: true, value, message: id });
  }

  #settle(outcome: { ok: boolean; value: MessageRecord["value"]; message?: string }): void {
    const { context, waiting } = this.#execution;
    const { key, place } = this.#asked;
    waiting.delete(key);
    const { gen } = this.#ask as Ask;
    context.writer
      .write({ kind: "result", sort: "message", ...outcome, key, gen, place, started: this.#started })
      .then(() => this.#execution.kick());
  }
}

/** Which await a message has answered. */
interface Taker {
  readonly key: string;
  readonly gen: number;
}

type Listener = (value: unknown) => void;

class Messages {
  readonly #execution: Execution;
  readonly #takers = new Map<string, Taker>();
  readonly #kept = new Map<string, MessageRecord[]>();
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(execution: Execution) {
    this.#execution = execution;
    const { journal, cursor } = execution;
    const records = Array.from({ length: journal.last }, (_, index) => journal.at(index + 1));
    for (const entry of records)
      if (entry?.isVoid === false && entry.record.kind === "result" && entry.record.message !== undefined)
        this.#takers.set(entry.record.message, entry.record);
    for (const entry of records.slice(0, cursor - 1))
      if (entry?.isVoid === false && entry.record.kind === "message" && !entry.record.out)
        this.#take(entry.record);
    takeMessages(execution, (message) => this.#take(message));
  }

  #take(message: MessageRecord): void {
    const listeners = [...setIn(this.#listeners, message.stream)];
    const isAnswer = this.#isTaken(message) || this.#answers(message);
    if (!isAnswer && (listeners.length === 0 || this.#takers.has(message.id)))
      this.#kept.set(message.stream, [...this.#keptIn(message.stream), message]);
    for (const listener of listeners) listener(this.#valueOf(message));
  }

  /** Does the log say that it answers an await which the program has made already, or makes no more? */
  #isTaken({ id }: MessageRecord): boolean {
    const taker = this.#takers.get(id);
    if (taker === undefined) return false;
    const { asked, journal } = this.#execution;
    return asked.get(taker.key)?.gen === taker.gen || journal.generation(taker.key) > taker.gen;
  }

  #answers(message: MessageRecord): boolean {
    if (this.#takers.has(message.id)) return false;
    const waiters = setIn(this.#waiters, message.stream);
    // A cancel has taken the others' answers.
    const first = [...waiters].find((waiter) => this.#execution.asked.has(waiter.key));
    if (first === undefined) return false;
    waiters.delete(first);
    first.give(message);
    return true;
  }

  #keptIn(stream: string): readonly MessageRecord[] {
    return this.#kept.get(stream) ?? [];
  }

  #drop(stream: string, dropped: (message: MessageRecord) => boolean): void {
    const left = this.#keptIn(stream).filter((message) => !dropped(message));
    this.#kept.set(stream, left);
  }

  #valueOf({ value, stream }: MessageRecord): unknown {
    return decode(this.#execution.context.spilled.textOf(value), `the input stream ${stream}`);
  }

  /** The first message that is kept. */
  first(stream: string): unknown {
    const [message] = this.#keptIn(stream);
    return message === undefined ? undefined : this.#valueOf(message);
  }

  /** Calls with each message from now on, and now with those that are kept. Gives what ends it. */
  listen(stream: string, listener: Listener): () => void {
    const listeners = setIn(this.#listeners, stream);
    listeners.add(listener);
    const free = this.#keptIn(stream).filter(({ id }) => !this.#takers.has(id));
    this.#drop(stream, ({ id }) => !this.#takers.has(id));
    for (const message of free) listener(this.#valueOf(message));
    return () => void listeners.delete(listener);
  }

  ask(frame: Frame, asked: MessageAsk): Promise<unknown> {
    const { key, place, stream } = asked;
    const waiter = new Waiter(this.#execution, asked, (over) => setIn(this.#waiters, stream).delete(over));
    const start = (ask: Ask): void => waiter.start(ask);
    const promise = this.#execution.ask(frame, key, { sort: "message", start, place });
    const ask = this.#execution.asked.get(key);
    if (ask !== undefined) this.#wait(ask, stream, waiter);
    return promise;
  }

  #wait({ key, gen }: Ask, stream: string, waiter: Waiter): void {
    const { journal } = this.#execution;
    const record = journal.at(journal.settled(key, gen) ?? 0)?.record;
    if (record?.kind === "result") return this.#drop(stream, ({ id }) => id === record.message);
    const free = this.#keptIn(stream).find(({ id }) => !this.#takers.has(id));
    if (free === undefined) setIn(this.#waiters, stream).add(waiter);
    else {
      this.#drop(stream, (message) => message === free);
      waiter.give(free);
    }
  }
}

function setIn<T>(sets: Map<string, Set<T>>, name: string): Set<T> {
  const found = sets.get(name) ?? new Set();
  sets.set(name, found);
  return found;
}

const all = new WeakMap<Execution, Messages>();

/** The input streams of this entering of `run`. */
export function messagesOf(execution: Execution): Messages {
  const known = all.get(execution) ?? new Messages(execution);
  all.set(execution, known);
  return known;
}

/** Waits for the next message of a stream. */
export function askMessage(frame: Frame, asked: MessageAsk): Promise<unknown> {
  transactionsOf(frame.execution).refuseWait(frame, asked.place);
  return know(messagesOf(frame.execution).ask(frame, asked));
}
