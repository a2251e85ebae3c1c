/**
 * Live objects of the author's own classes that a call is given: `await pipeline(source, sink)` with a `Writable` that collects
 * in a field. The object is made anew in each pass; what the call wrote into its fields comes back like any other change.
 *
 * Owns:      which objects these are, and which of their fields are the author's.
 * Invariant: F1 nothing of Node's own state of a stream or an emitter is read or set.
 */
import { EventEmitter } from "node:events";
import { Duplex, PassThrough, Readable, Transform, Writable } from "node:stream";
import { authored, type Callable } from "./authored.ts";

const nodes = new Set<Callable>([EventEmitter, Readable, Writable, Duplex, Transform, PassThrough]);

const nodesFields = new Set(
  "_events _eventsCount _maxListeners _readableState _writableState allowHalfOpen domain".split(" "),
);

/**
 * Is its class the author's, or below one that is, without a package's in between, which has a state of its own? The one
 * directly below Node's says so.
 */
function isOwnClass(value: object): boolean {
  let isOwn = false;
  for (let at: unknown = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    const made = (at as { readonly constructor: Callable }).constructor;
    if (nodes.has(made)) return isOwn;
    isOwn = authored(made) !== null;
  }
  return false;
}

/** The fields of one such object, as a plain object that stands for them. */
export class OwnFields {
  /** What can be recorded of the fields, as it was when they were last read. */
  readonly held: Record<string, unknown> = {};
  readonly #of: object;
  readonly #isWhole: (value: unknown) => boolean;

  private constructor(of: object, isWhole: (value: unknown) => boolean) {
    this.#of = of;
    this.#isWhole = isWhole;
  }

  /** The fields of an emitter or a stream of the author's own class; undefined for any other value. */
  static of(value: object, isWhole: (value: unknown) => boolean): OwnFields | undefined {
    return value instanceof EventEmitter && isOwnClass(value) ? new OwnFields(value, isWhole) : undefined;
  }

  /** Reads the fields; gives the names of those that could be recorded before and cannot any more. */
  read(): readonly string[] {
    const lost: string[] = [];
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(this.#of))) {
      if (nodesFields.has(name)) continue;
      if (typeof value !== "function" && this.#isWhole(value)) this.held[name] = value;
      else if (Object.hasOwn(this.held, name)) lost.push(name);
    }
    for (const name of lost) Reflect.deleteProperty(this.held, name);
    return lost;
  }

  /** Gives the object the fields as they stand in `held` now. */
  write(): void {
    for (const [name, value] of Object.entries(this.held))
      if (Reflect.get(this.#of, name) !== value) Reflect.set(this.#of, name, value);
  }
}
