/**
 * Writes the records of one pass: gives out numbers, carries invocations and moves of the clock, finds out that the pass is superseded.
 *
 * Owns:      the next free number, and the invocations and moves not yet known to be durable.
 * Never:     decides what is written.
 * Invariant: W1 a record is in the journal in memory only once it is durable, but for one that is held back (`last-record.ts`):
 *            no other is written before that is.
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

/** How a store that cannot write now is asked again. `most`: about a minute, then the pass gives up, and the timer finds the run. */
export const storeRetry = { firstMs: 20, longestMs: 1_000, most: 65 } as const;

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
  /** The last record of the run may be held back for the run's end. */
  readonly mayHold: boolean;
  #held: { readonly number: number; readonly record: JournalRecord } | undefined;
  #settling: Promise<void> | undefined;

  constructor(ports: Ports, lease: Lease, journal: Journal, lost: () => void, mayHold = false) {
    this.mayHold = mayHold;
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
    const before = this.settled();
    const carried = this.#unsaved.filter(({ call }) => !this.calling.has(call));
    const record = this.#stamped(draft, carried);
    const number = this.#next++;
    this.open++;
    const put = (): Promise<number> => this.#put(number, record, carried);
    return before === undefined ? put() : before.then(put);
  }

  #stamped(draft: Draft, carried: readonly Invocation[]): JournalRecord {
    return {
      ...draft,
      t: this.#ports.clock.now(),
      by: this.#lease.owner,
      epoch: this.#lease.epoch,
      ...(carried.length > 0 ? { inv: carried } : {}),
      ...(this.hasMoves ? { moves: [...this.#moves] } : {}),
    } as JournalRecord;
  }

  /** The number that the next record gets. */
  get next(): number {
    return this.#next;
  }

  /** Gives out a record that is not written yet. Undefined: something else is to be written first, or with it. */
  hold(draft: Draft): number | undefined {
    if (this.stopped || this.open > 0 || this.#unsaved.length > 0 || this.hasMoves) return undefined;
    const held = { number: this.#next++, record: this.#stamped(draft, []) };
    this.#held = held;
    this.#journal.add(held.number, held.record);
    return held.number;
  }

  /** A record is out that is neither written nor being written. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** A record is out that is not durable. */
  get isOpenEnded(): boolean {
    return this.#held !== undefined || this.#settling !== undefined;
  }

  /** Writes the record that is held back. Undefined: every record that is out is durable. */
  settled(): Promise<void> | undefined {
    const held = this.#held;
    if (held === undefined || this.stopped) return this.#settling;
    this.#held = undefined;
    this.open++;
    this.#settling = this.#put(held.number, held.record, []).then(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /** The text of the record that is held back: whoever takes it writes it. */
  take(): string | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held && toText(held.record);
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
    let delay: number = storeRetry.firstMs;
    for (let failures = 0; failures < storeRetry.most && !this.stopped; failures++) {
      try {
        return await this.#ports.store.append(this.#lease, { number, epoch, data });
      } catch {
        await new Promise<void>((resolve) => this.#ports.clock.after(delay, resolve));
        delay = Math.min(delay * 2, storeRetry.longestMs);
      }
    }
    return { outcome: "superseded" };
  }
}
