/**
 * What a promise made by hand has to do with the variables around it: recorded with its unit like what a call does to its
 * arguments, and put back before another try.
 *
 * Owns:      how variables are read and written, and what they held before the first try.
 * Invariant: C1 a try begins with what the first one began with. C2 what cannot be recorded whole is no value of a record's:
 *            the promise is made again in each pass, as it stands.
 */
import { become } from "./becoming.ts";
import { decode, encode } from "./codec.ts";
import { type Changes, Inputs } from "./inputs.ts";

/** The variables of the author's that the promise's functions mention. */
export interface Around {
  /** What is changed in place, and what is only read. */
  readonly held: () => readonly [changed: readonly unknown[], read: readonly unknown[]];
  /** The values of the variables that are assigned to. */
  readonly values?: (() => unknown[]) | undefined;
  readonly assign?: ((values: readonly unknown[]) => void) | undefined;
}

/** What they hold now. */
function heldIn({ held }: Around): readonly [readonly unknown[], readonly unknown[]] {
  try {
    return held();
  } catch {
    // A variable that is not declared yet.
    return [[], []];
  }
}

/** The variables' values stand in one list, which is an input like any other. */
export class Captured extends Inputs {
  /** What the promise's functions mention. */
  readonly args: readonly unknown[];
  readonly #around: Around;
  readonly #list: unknown[];
  readonly #changed: readonly unknown[];
  #before: string | undefined;
  #isNoted = false;

  constructor(around: Around) {
    const [changed, read] = heldIn(around);
    const list: unknown[] = [];
    const args = [...changed, ...read];
    super([...args, list], undefined);
    this.args = args;
    this.#around = around;
    this.#list = list;
    this.#changed = changed;
  }

  #read(): void {
    const { values } = this.#around;
    if (values !== undefined) this.#list.splice(0, this.#list.length, ...values());
  }

  override note(): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#read();
    super.note();
    try {
      const { text, lost } = encode([this.#list, ...this.#changed]);
      if (lost.length === 0) this.#before = text;
    } catch {
      // Then another try begins with what this one has left.
    }
  }

  override noteHeld(): void {
    this.#read();
    super.noteHeld();
  }

  override changes(isShared?: boolean): Changes | undefined {
    this.#read();
    return super.changes(isShared);
  }

  override apply(text: string, at: string): void {
    super.apply(text, at);
    this.#around.assign?.(this.#list);
  }

  /** Gives the variables what they had before the first try. */
  restore(): void {
    if (this.#before === undefined) return;
    this.#read();
    become([this.#list, ...this.#changed], decode(this.#before, ""), undefined, new Map());
    this.#around.assign?.(this.#list);
  }
}
