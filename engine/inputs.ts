/**
 * What a call does to its inputs in place: `await fill(buffer)`, `await doc.save()` on a `doc` made in the run.
 *
 * Owns:      which inputs are looked at, how a change is found, and how it is made again on replay.
 * Invariant: I1 an input keeps its identity, and so does what it holds as far as the recorded state has its like.
 *            I2 a change that cannot be recorded whole is told, never half made.
 */
import { comparisonText, decode, encode } from "./codec.ts";
import { hashText } from "./fingerprint.ts";
import { isHandle } from "./handle.ts";
import { isThenable } from "./promises.ts";

/** Which input: the place among the arguments, or the receiver. */
export type At = number | "this";

const textDigits = 20;

/** Objects made by `new` in the author's code: nobody else has them, so what a method does to them is the run's. */
const constructed = new WeakSet<object>();
export const noteConstructed = (value: object): void => void constructed.add(value);

function isWatched(value: unknown): value is object {
  if (typeof value !== "object" || value === null || isThenable(value)) return false;
  if (constructed.has(value)) return true;
  return !isHandle(value) && !Object.values(value).some((member) => typeof member === "function");
}

function stateOf(value: object): string | undefined {
  try {
    return hashText(comparisonText(value), textDigits);
  } catch {
    return undefined;
  }
}

/** What was found changed, as one text, and what could not be recorded of it. */
export interface Changes {
  readonly text: string | undefined;
  readonly lost: readonly string[];
}

/** The inputs of one unit that its call may change. */
export class Inputs {
  readonly #watched: (readonly [At, object])[] = [];
  #before: (string | undefined)[] | undefined;

  constructor(args: readonly unknown[], receiver: unknown) {
    for (const [at, arg] of args.entries()) if (isWatched(arg)) this.#watched.push([at, arg]);
    if (typeof receiver === "object" && receiver !== null && constructed.has(receiver) && isWatched(receiver))
      this.#watched.push(["this", receiver]);
  }

  /** Remembers how they are before the call. Only the first time counts. */
  note(): void {
    this.#before ??= this.#watched.map(([, value]) => stateOf(value));
  }

  /** Which input the value is, if it can be recorded whole. */
  placeOf(value: unknown): At | undefined {
    const [at] = this.#watched.find(([, watched]) => watched === value) ?? [];
    return at !== undefined && isWhole(value) ? at : undefined;
  }

  at(place: At): unknown {
    return this.#watched.find(([at]) => at === place)?.[1];
  }

  /** What is different now; undefined: nothing. */
  changes(): Changes | undefined {
    const before = this.#before ?? [];
    const changed = this.#watched.filter(([, value], index) => {
      const text = before[index];
      return text !== undefined && stateOf(value) !== text;
    });
    if (changed.length === 0) return undefined;
    const whole = changed.filter(([, value]) => isWhole(value));
    const lost = changed.filter(([, value]) => !isWhole(value)).map(([at]) => nameOf(at));
    return { text: whole.length === 0 ? undefined : encode(whole).text, lost };
  }

  /** Makes recorded changes again. */
  apply(text: string, at: string): void {
    const seen = new Map<object, unknown>();
    for (const [place, state] of decode(text, at) as [At, unknown][]) become(this.at(place), state, seen);
  }
}

const nameOf = (at: At): string => (at === "this" ? "its receiver" : `argument ${at + 1}`);

function isWhole(value: unknown): boolean {
  try {
    return encode(value).lost.length === 0;
  } catch {
    return false;
  }
}

/** Gives `target` the state of `source`; where they are not alike, `source` itself is the answer. */
function become(target: unknown, source: unknown, seen: Map<object, unknown>): unknown {
  if (typeof source !== "object" || source === null) return source;
  const known = seen.get(source);
  if (known !== undefined) return known;
  if (typeof target !== "object" || target === null || !isAlike(target, source)) return source;
  seen.set(source, target);
  if (source instanceof Map) becomeMap(target as Map<unknown, unknown>, source, seen);
  else if (source instanceof Set) becomeSet(target as Set<unknown>, source);
  else if (ArrayBuffer.isView(source)) bytesOf(target as ArrayBufferView).set(bytesOf(source));
  else if (source instanceof Date) (target as Date).setTime(source.getTime());
  else becomeFields(target as Record<string, unknown>, source as Record<string, unknown>, seen);
  return target;
}

const kinds = [Array, Map, Set, Date, RegExp, URL, Error, Promise];

function isAlike(target: object, source: object): boolean {
  if (ArrayBuffer.isView(source) || ArrayBuffer.isView(target))
    return (
      ArrayBuffer.isView(source) && ArrayBuffer.isView(target) && target.byteLength === source.byteLength
    );
  return kinds.every((kind) => target instanceof kind === source instanceof kind);
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function becomeMap(target: Map<unknown, unknown>, source: Map<unknown, unknown>, seen: Map<object, unknown>) {
  const before = new Map(target);
  target.clear();
  for (const [key, value] of source) target.set(key, become(before.get(key), value, seen));
}

function becomeSet(target: Set<unknown>, source: Set<unknown>): void {
  target.clear();
  for (const value of source) target.add(value);
}

function becomeFields(
  target: Record<string, unknown>,
  source: Record<string, unknown>,
  seen: Map<object, unknown>,
): void {
  if (Array.isArray(target)) target.length = (source as unknown as unknown[]).length;
  for (const name of Object.keys(target)) if (!Object.hasOwn(source, name)) delete target[name];
  for (const name of Object.keys(source)) target[name] = become(target[name], source[name], seen);
}
