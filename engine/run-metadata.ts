/**
 * A run's metadata: what its code has made of what it was started with.
 *
 * The program's own calls are made again on replay, so nothing is recorded for them. Those from inside a unit are not:
 * the unit's record carries them. A later attempt goes on from what the one before has left (`carried-metadata.ts`).
 *
 * Owns:      the changes, their order, the limit.
 * Never:     writes anything; `shown-keeper.ts` does.
 * Invariant: X1 the same calls give the same metadata in every pass. X2 a change that is refused has changed nothing.
 */
import { HoldfastError } from "./errors.ts";
import type { Execution } from "./execution.ts";

/** As JSON text; Trigger.dev's 256 KB. */
export const metadataCharsMax = 256 * 1024;

/** Metadata are JSON. */
export type Metadata = Readonly<Record<string, unknown>>;

/** A change, as it stands in a record. */
export type MetadataChange =
  | readonly ["set" | "append" | "remove", string, unknown]
  | readonly ["increment", string, number]
  | readonly ["del", string]
  | readonly ["replace", Metadata];

/** A change of another run's metadata: `to` names the run. */
export interface Note {
  readonly to: string;
  readonly id: string;
  readonly change: MetadataChange;
}

/** What the inside of a unit has done: to the run's own metadata, or to another's. */
export type InsideChange = MetadataChange | Note;

const isNote = (change: InsideChange): change is Note => !Array.isArray(change);
const isOwn = (change: InsideChange): change is MetadataChange => !isNote(change);

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What a key holds after a change; undefined: nothing. */
function changed(before: unknown, change: Exclude<MetadataChange, readonly ["replace", Metadata]>): unknown {
  switch (change[0]) {
    case "set":
      return change[2];
    case "append":
      return [...listOf(before), change[2]];
    case "remove":
      return Array.isArray(before) ? before.filter((each) => !isSame(each, change[2])) : before;
    case "increment":
      return (typeof before === "number" ? before : 0) + change[2];
    case "del":
      return undefined;
  }
}

/** The metadata after a change. */
function withChange(before: Metadata, change: MetadataChange): Metadata {
  if (change[0] === "replace") return change[1];
  const [, key] = change;
  const value = changed(Object.hasOwn(before, key) ? before[key] : undefined, change);
  const rest = Object.entries(before).filter(([name]) => name !== key);
  if (value === undefined) return Object.fromEntries(rest);
  return Object.hasOwn(before, key)
    ? { ...before, [key]: value }
    : Object.fromEntries([...rest, [key, value]]);
}

/** The metadata after several. */
export const withChanges = (before: Metadata, changes: readonly MetadataChange[]): Metadata =>
  changes.reduce(withChange, before);

function checkSize(metadata: Metadata): void {
  if (JSON.stringify(metadata).length <= metadataCharsMax) return;
  const what = "The metadata would be larger than 256 KB as text.";
  throw new HoldfastError("HF512", what, "Keep large data elsewhere, and their address here.");
}

/** What is only added to: done again, it would count twice. */
const adds = (change: MetadataChange): change is readonly ["append" | "increment", string, never] =>
  change[0] === "increment" || change[0] === "append";

export class RunMetadata {
  #program: Metadata;
  /** Up to this number of the log, an earlier attempt has gone through it, and what it added is there. */
  readonly #addedUpTo: number;
  /** The program is behind a record that an earlier attempt has gone through. */
  #isKnown = false;
  /** Keys that this attempt has given a value of its own. */
  readonly #own = new Set<string>();
  #ownsAll = false;
  /** Changes from inside units that have not been delivered yet. */
  readonly #inside = new Map<string, InsideChange[]>();
  /** Has the run changed anything? */
  isTouched = false;
  /** Told of each change, and of each note. */
  onChange: (note?: Note) => void = () => {};

  constructor(initial: Metadata, addedUpTo = 0) {
    this.#program = initial;
    this.#addedUpTo = addedUpTo;
  }

  /** Without what units under way have done. */
  get program(): Metadata {
    return this.#program;
  }

  /** From here on the program does what each attempt does, or, `again`, what is done once for all attempts. */
  goesOn(how: "anew" | "again"): void {
    this.#isKnown = how === "again" && this.#addedUpTo > 0;
  }

  /** The program gets the record with this number. */
  reached(number: number): void {
    this.#isKnown = number <= this.#addedUpTo;
  }

  /** Is it in what the attempts before have left? */
  #counts(change: MetadataChange, isKnown: boolean): boolean {
    if (adds(change)) return !isKnown || this.#ownsAll || this.#own.has(change[1]);
    if (change[0] === "replace") this.#ownsAll = true;
    else if (change[0] !== "remove") this.#own.add(change[1]);
    return true;
  }

  /** As everybody sees them. */
  get current(): Metadata {
    return [...this.#inside.values()].flat().filter(isOwn).reduce(withChange, this.#program);
  }

  /**
   * Changes them; `unit`: the key of the unit that this is the inside of.
   * @throws HoldfastError HF512 where they would become too large.
   */
  change(change: MetadataChange, unit: string | undefined): void {
    if (unit === undefined && !this.#counts(change, this.#isKnown)) return;
    checkSize(withChange(this.current, change));
    if (unit === undefined) this.#program = withChange(this.#program, change);
    else this.#inside.set(unit, [...(this.#inside.get(unit) ?? []), change]);
    this.isTouched = true;
    this.onChange();
  }

  /** Makes a note for another run; from the inside of a unit it goes with the unit's record. */
  note(note: Note, unit: string | undefined): void {
    if (unit === undefined) this.onChange(note);
    else this.#inside.set(unit, [...(this.#inside.get(unit) ?? []), note]);
  }

  /** A change by a run below this one; false: it would make them too large. */
  noted(change: MetadataChange, number: number): boolean {
    if (!this.#counts(change, number <= this.#addedUpTo)) return true;
    if (JSON.stringify(withChange(this.#program, change)).length > metadataCharsMax) return false;
    this.#program = withChange(this.#program, change);
    this.isTouched = true;
    this.onChange();
    return true;
  }

  /** For the record of a unit: the changes from its inside. */
  ofUnit(key: string): { readonly metadata?: readonly InsideChange[] } {
    const changes = this.#inside.get(key);
    return changes === undefined ? {} : { metadata: changes };
  }

  /** A unit's record has been delivered: what it did happens at this point of the program. */
  delivered(key: string, number: number, changes: readonly InsideChange[] | undefined): void {
    this.#inside.delete(key);
    this.reached(number);
    if (changes === undefined) return;
    for (const note of changes.filter(isNote)) this.onChange(note);
    const own = changes.filter(isOwn).filter((change) => this.#counts(change, this.#isKnown));
    if (own.length === 0) return;
    this.#program = own.reduce(withChange, this.#program);
    this.isTouched = true;
  }
}

const all = new WeakMap<Execution, RunMetadata>();

/** The metadata of this entering of `run`. */
export function metadataOf(execution: Execution): RunMetadata {
  const known = all.get(execution);
  if (known !== undefined) return known;
  const made = new RunMetadata({});
  all.set(execution, made);
  return made;
}

/** Begins with these; up to the number `addedUpTo` what was added is in them. */
export function beginMetadata(execution: Execution, initial: Metadata, addedUpTo = 0): void {
  const begun = new RunMetadata(initial, addedUpTo);
  begun.onChange = (note) => execution.context.shown.changed(note);
  all.set(execution, begun);
}
