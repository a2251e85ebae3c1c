/**
 * Writes the records of one pass: gives out numbers, carries invocations and moves of the clock, finds out that the pass is superseded.
 *
 * Owns:      the next free number, and the invocations and moves not yet known to be durable.
 * Never:     decides what is written.
 * Invariant: W1 a record is in the journal in memory only once it is durable.
 *            W2 a number that holds an older epoch's record moves only that write; a newer epoch's or an empty
 *               record there means that this pass has been superseded.
 *            W3 an unknown outcome is settled by writing the same record to the same number again.
 */

import type { Lease } from "./head-write.ts";
import type { Journal } from "./journal.ts";
import type { Appended, Ports } from "./ports.ts";
import { fromText, type Invocation, type JournalRecord, toText } from "./record.ts";
import type { ClockMove } from "./run-clock.ts";

/** A record before the writer has stamped it. */
export type Draft = JournalRecord extends infer R
  ? R extends JournalRecord
    ? Omit<R, "t" | "by" | "epoch" | "inv" | "moves">
    : never
  : never;

const retryFirstMs = 20;
const retryLongestMs = 1_000;
/** About a minute: then the pass gives up, and the timer finds the run. */
const retriesMax = 65;

export class Writer {
  readonly #ports: Ports;
  readonly #lease: Lease;
  readonly #journal: Journal;
  readonly #lost: () => void;
  #next: number;
  #unsaved: Invocation[] = [];
  #moves: ClockMove[] = [];
  /** Calls that have not returned yet: nobody knows whether what they ask for meanwhile is an event, and no record carries it. */
  readonly calling = new Set<string>();
  /** Writes in flight. */
  open = 0;
  /** Set when the pass has ended: nothing is written any more. */
  stopped = false;

  constructor(ports: Ports, lease: Lease, journal: Journal, lost: () => void) {
    this.#ports = ports;
    this.#lease = lease;
    this.#journal = journal;
    this.#next = journal.last + 1;
    this.#lost = lost;
  }

  /** Notes an invocation: every record carries it until one is durable. */
  note(invocation: Invocation): void {
    this.#unsaved.push(invocation);
  }

  /** Forgets the invocations of a call that turned out to be synchronous. */
  forget(call: string): void {
    this.#unsaved = this.#unsaved.filter((invocation) => invocation.call !== call);
  }

  /** Notes a move of the clock: every record carries it until one is durable. */
  noteMove(move: ClockMove): void {
    this.#moves.push(move);
  }

  /** There are moves that no record has carried yet. */
  get hasMoves(): boolean {
    return this.#moves.length > 0;
  }

  /** Writes a record under the next free number; resolves when it is durable, never when superseded. */
  write(draft: Draft): Promise<number> {
    if (this.stopped) return new Promise(() => {});
    const carried = this.#unsaved.filter(({ call }) => !this.calling.has(call));
    const record = {
      ...draft,
      t: this.#ports.clock.now(),
      by: this.#lease.owner,
      epoch: this.#lease.epoch,
      ...(carried.length > 0 ? { inv: carried } : {}),
      ...(this.hasMoves ? { moves: [...this.#moves] } : {}),
    } as JournalRecord;
    this.open++;
    return this.#put(this.#next++, record, carried);
  }

  async #put(number: number, record: JournalRecord, carried: readonly Invocation[]): Promise<number> {
    const data = toText(record);
    const answer = await this.#append(number, record.epoch, data);
    if (this.stopped) return new Promise(() => {});
    if (answer.outcome === "appended") {
      const saved = new Set(carried);
      this.#unsaved = this.#unsaved.filter((invocation) => !saved.has(invocation));
      if (record.moves !== undefined)
        this.#moves = this.#moves.filter((move) => !record.moves?.includes(move));
      this.open--;
      this.#journal.add(number, record);
      return number;
    }
    if (answer.outcome === "taken") {
      const there = fromText(answer.entry.data);
      if (there.kind !== "empty" && there.epoch < record.epoch) {
        this.#journal.add(number, there, true);
        return this.#put(this.#next++, record, carried);
      }
    }
    this.#lost();
    return new Promise(() => {});
  }

  /** A store that cannot write now (disk full, throttled) is asked again: nothing is lost meanwhile. */
  async #append(number: number, epoch: number, data: string): Promise<Appended> {
    let delay = retryFirstMs;
    for (let failures = 0; failures < retriesMax && !this.stopped; failures++) {
      try {
        return await this.#ports.store.append(this.#lease, { number, epoch, data });
      } catch {
        await new Promise<void>((resolve) => this.#ports.clock.after(delay, resolve));
        delay = Math.min(delay * 2, retryLongestMs);
      }
    }
    return { outcome: "superseded" };
  }
}
