/**
 * An object that somebody else's code gives to two calls (a loader that is asked for one key twice, a cache of requests
 * under way): the program gets one object, live as in replay.
 *
 * Owns:      which call gave it first, which other calls its record answers, and the objects they share.
 * Invariant: D1 a call shares the object if it has it when the first one's record is written; that record names it.
 *            D2 what comes later gets a copy, since behind a crash the library would not give that object again.
 */
import type { Ask } from "./ask.ts";
import type { Execution } from "./execution.ts";
import type { ResultRecord } from "./record.ts";
import type { Making } from "./unit-making.ts";

const identity = (key: string, gen: number): string => `${key}@${gen}`;

/** What a journal knows of it. */
export class Repeated {
  readonly #answers = new Map<string, number>();

  /** A record is in the log. */
  note(number: number, record: ResultRecord): void {
    for (const id of record.givenTo ?? []) this.#answers.set(id, number);
  }

  /** The number of the record that answers this call, until it has one of its own. */
  by(key: string, gen: number): number | undefined {
    return this.#answers.size === 0 ? undefined : this.#answers.get(identity(key, gen));
  }
}

/** Calls and awaits of somebody else's promises do; what stands in a transaction counts with that. */
export const mayShare = ({ frame }: Ask, { sort, part, again }: Making): boolean =>
  (sort === "unit" || sort === "library" || sort === "await") &&
  part === undefined &&
  again === undefined &&
  frame.within === undefined;

/** An object that a call gave, as long as that is not recorded. */
export class Given {
  readonly #others: { readonly id: string; readonly over: (number: number | undefined) => void }[] = [];
  isOpen = true;

  /** Another call gave it as well: the number of the record that answers both; undefined: there is none. */
  again({ key, gen }: Ask): Promise<number | undefined> {
    return new Promise((over) => this.#others.push({ id: identity(key, gen), over }));
  }

  /** Others that wait for the same get it in this turn, if not in this very moment. Alone, there is nothing to wait for. */
  turn({ asked, context }: Execution): Promise<void> | undefined {
    return asked.size < 2 ? undefined : new Promise((resolve) => context.ports.clock.turn(resolve));
  }

  /** The record is about to be written: whom it answers besides. */
  close(): { givenTo?: readonly string[] } {
    this.isOpen = false;
    return this.#others.length === 0 ? {} : { givenTo: this.#others.map(({ id }) => id) };
  }

  /** The record is written, or there will be none. Only the first time counts. */
  over(number: number | undefined): void {
    this.isOpen = false;
    for (const other of this.#others.splice(0)) other.over(number);
  }
}

/** What an execution knows of it. */
export class Sharing {
  readonly #given = new WeakMap<object, Given>();
  readonly #values = new WeakMap<ResultRecord, { readonly value: unknown }>();

  /** A call gave this object: as the first one, or again. */
  note(value: object): { readonly given: Given; readonly isAgain: boolean } {
    const known = this.#given.get(value);
    if (known?.isOpen === true) return { given: known, isAgain: true };
    const given = new Given();
    this.#given.set(value, given);
    return { given, isAgain: false };
  }

  /** The object that a record stands for, the same for all who share it. */
  valueOf(record: ResultRecord, make: () => unknown): unknown {
    const known = this.#values.get(record) ?? { value: make() };
    this.#values.set(record, known);
    return known.value;
  }
}
