/**
 * What a call does to its inputs in place: `await fill(buffer)`, `await doc.save()` on a `doc` made in the run.
 *
 * Owns:      which inputs are looked at, how a change is found, and how it is made again on replay.
 * Invariant: I1 an input keeps its identity, and so does what it holds as far as the recorded state has its like.
 *            I2 a change that cannot be recorded whole is told, never half made.
 */
import { createHash } from "node:crypto";
import { become } from "./becoming.ts";
import { changedBy, isConstructed } from "./belonging.ts";
import { comparisonText, decode, encode } from "./codec.ts";
import { hasMethods } from "./given-arguments.ts";
import { isHandle } from "./handle.ts";
import { matched, objectsIn, placesOf } from "./held-objects.ts";
import { OwnFields } from "./own-fields.ts";
import { isThenable } from "./promises.ts";

/** Which input: the place among the arguments, the receiver (or what it belongs to), or the fields of the live argument at a place. */
export type At = InputAt | `f${number}`;
type InputAt = number | "this";

/** A text of this length is kept as it is. */
const shortText = 256;

function isWatched(value: unknown): value is object {
  if (typeof value !== "object" || value === null || isThenable(value)) return false;
  if (isConstructed(value)) return true;
  try {
    return !isHandle(value) && !Object.values(value).some((member) => typeof member === "function");
  } catch {
    // A getter or a proxy threw: nothing of it could be recorded.
    return false;
  }
}

/** Compared within this pass only: any hash will do, and the runtime's own is the fastest. */
function stateOf(value: object): string | undefined {
  try {
    if (ArrayBuffer.isView(value))
      return hashOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    const text = comparisonText(value);
    return text.length <= shortText ? text : hashOf(text);
  } catch {
    return undefined;
  }
}

const hashOf = (data: string | Uint8Array): string => createHash("sha1").update(data).digest("base64");

/** What was found changed, as one text, and what could not be recorded of it. */
export interface Changes {
  readonly text: string | undefined;
  readonly lost: readonly string[];
  /** Classes of what the call has put into its inputs, and that comes back without its methods. */
  readonly methodless?: readonly string[];
}

/** The inputs of one unit that its call may change. */
export class Inputs {
  readonly #watched: (readonly [At, object])[] = [];
  #before: (string | undefined)[] | undefined;
  #held: readonly object[] | undefined;
  #fields: Map<At, OwnFields> | undefined;
  readonly #args: readonly unknown[];

  constructor(args: readonly unknown[], receiver: unknown) {
    this.#args = args;
    args.forEach((arg, at) => {
      if (!isWatched(arg)) return;
      this.#watched.push([at, arg]);
      const fields = isConstructed(arg) ? OwnFields.of(arg, isWhole) : undefined;
      if (fields === undefined) return;
      this.#fields ??= new Map();
      this.#fields.set(`f${at}`, fields);
      this.#watched.push([`f${at}`, fields.held]);
    });
    const changed = changedBy(receiver);
    if (changed !== undefined && isWatched(changed)) this.#watched.push(["this", changed]);
  }

  /** Remembers how they are before the call. Only the first time counts. */
  note(): void {
    if (this.#before !== undefined) return;
    this.#readFields();
    this.#before = this.#watched.map(([, value]) => stateOf(value));
    this.noteHeld();
  }

  /** Remembers what they hold before the call: a recorded state says which of these objects is where. */
  noteHeld(): void {
    if (this.#held === undefined) this.#readFields();
    if (this.#watched.length > 0) this.#held ??= heldBy(this.#watched);
  }

  /** Which input the value is, if it can be recorded whole. */
  placeOf(value: unknown): InputAt | undefined {
    // A symbol is nobody else's copy: `delay(ms, tooLate)` gives the one that it was given.
    if (typeof value === "symbol") return this.#args.includes(value) ? this.#args.indexOf(value) : undefined;
    const [at] = this.#watched.find(([, watched]) => watched === value) ?? [];
    return (typeof at === "number" || at === "this") && isWhole(value) ? at : undefined;
  }

  at(place: At): unknown {
    const watched = this.#watched.find(([at]) => at === place);
    return watched === undefined && typeof place === "number" ? this.#args[place] : watched?.[1];
  }

  /** What is different now; undefined: nothing. `isShared`: the receiver is not looked at, others are changing it, too. */
  changes(isShared = false): Changes | undefined {
    const before = this.#before ?? [];
    const lostFields = this.#readFields();
    const changed = this.#watched.filter(([at, value], index) => {
      const text = isShared && at === "this" ? undefined : before[index];
      return text !== undefined && stateOf(value) !== text;
    });
    if (changed.length === 0 && lostFields.length === 0) return undefined;
    // Before they are encoded: an accessor that is read may put something into them itself.
    const held = new Set(heldBy(changed));
    const whole = changed.filter(([, value]) => isWhole(value));
    const lost = [...lostFields, ...changed.filter(([, value]) => !isWhole(value)).map(([at]) => nameOf(at))];
    if (whole.length === 0) return { text: undefined, lost };
    const now = heldBy(whole);
    const known = new Set(this.#held);
    const added = now.filter((value) => !known.has(value) && held.has(value) && hasMethods(value));
    const methodless = [...new Set(added.map((value) => value.constructor.name))];
    const text = encode([...whole, ["held", placesOf(now, this.#held ?? [])]]).text;
    return { text, lost, ...(methodless.length > 0 && { methodless }) };
  }

  /** Makes recorded changes again. */
  apply(text: string, at: string): void {
    const entries = decode(text, at) as [At | "held", unknown][];
    const states = entries.filter(([place]) => place !== "held") as [At, unknown][];
    const places = entries.find(([place]) => place === "held")?.[1] as readonly number[] | undefined;
    const match = places && matched(heldBy(states), this.#held ?? [], places);
    const seen = new Map<object, unknown>();
    for (const [place, state] of states) {
      become(this.at(place), state, match, seen);
      this.#fields?.get(place)?.write();
    }
  }

  #readFields(): readonly string[] {
    if (this.#fields === undefined) return [];
    return [...this.#fields].flatMap(([at, fields]) =>
      fields.read().map((name) => `${name} of ${nameOf(at)}`),
    );
  }
}

function heldBy(inputs: readonly (readonly [At, unknown])[]): object[] {
  try {
    return objectsIn(inputs.map(([, value]) => value));
  } catch {
    return [];
  }
}

function nameOf(at: At): string {
  if (at === "this") return "its receiver";
  return `argument ${Number(String(at).replace("f", "")) + 1}`;
}

function isWhole(value: unknown): boolean {
  try {
    return encode(value).lost.length === 0;
  } catch {
    return false;
  }
}
